//! The one integration binary: a module for each kind of promise.

mod chart;
mod contract;
mod export;
mod fixture;
mod gui;
mod session;
mod screen;
mod timeline;
mod store;
mod golden;
mod lessons;
