//! The one integration binary: a module for each kind of promise.

mod fixture;
mod golden;
mod lessons;
mod properties;
