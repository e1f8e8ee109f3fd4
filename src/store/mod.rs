//! Opens scenarios and saved runs, saves files atomically, keeps settings. The only room that touches a person's files;
//! what is in them is the business of `scenario`, `export` and the shells.

pub mod open;
pub mod save;
pub mod settings;
