//! Opens scenarios, saved runs and tables of costs, saves files atomically, keeps settings. The only room that touches
//! a person's files; what is in them is the business of `scenario`, `simulate`, `export` and the shells.

pub mod costs;
pub mod open;
mod read;
pub mod save;
pub mod settings;
