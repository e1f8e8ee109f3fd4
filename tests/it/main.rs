//! The one integration binary: a module for each kind of promise.

mod async_pool;
mod calibrate;
mod chart;
mod cli;
mod complete;
mod contract;
#[cfg(target_os = "linux")]
mod cores;
mod diagnosis;
mod explore;
mod export;
mod fixture;
mod golden;
mod gui;
mod imagined;
#[cfg(unix)]
mod interrupts;
mod io;
mod lessons;
mod limits;
mod main_thread;
mod overheads;
mod panels;
mod per_core;
mod pools;
#[cfg(target_os = "linux")]
mod processes;
mod properties;
mod python;
mod queues;
mod random_machines;
mod readme;
mod screen;
mod second_opinion;
mod session;
mod store;
mod stuck;
mod textbooks;
mod tidy;
mod timeline;
mod urgency;
mod why;
