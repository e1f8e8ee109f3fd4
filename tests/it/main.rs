//! The one integration binary: a module for each kind of promise.

mod calibrate;
mod chart;
mod cli;
mod contract;
mod diagnosis;
mod explore;
mod export;
mod fixture;
mod golden;
mod gui;
mod imagined;
mod io;
mod lessons;
mod panels;
mod processes;
mod properties;
mod python;
mod queues;
mod random_machines;
mod readme;
mod screen;
mod session;
mod store;
mod textbooks;
mod tidy;
mod timeline;
