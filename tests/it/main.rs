//! The one integration binary: a module for each kind of promise.

mod export;
mod fixture;
mod store;
