//! The one integration binary: a module for each kind of promise.

mod contract;
mod chart;
mod fixture;
