//! The one integration binary: a module for each kind of promise.

mod chart;
mod contract;
mod fixture;
mod session;
mod golden;
mod lessons;
mod export;
mod fixture;
mod store;
