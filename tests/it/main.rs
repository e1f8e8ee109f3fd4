//! The one integration binary: a module for each kind of promise.

mod chart;
mod fixture;
mod screen;
mod timeline;
