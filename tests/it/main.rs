//! The one integration binary: a module for each kind of promise.

mod chart;
mod contract;
mod export;
mod fixture;
mod golden;
mod lessons;
mod session;
mod store;
