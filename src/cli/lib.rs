//! Estate on the command line: arguments, views, report formats, exit codes.
//!
//! A command returns a value that has a JSON form and a view for people. [`survey`] tells the story
//! from files to a plan; [`commands`] has one file for each command.

pub mod ahead;
pub mod approval;
pub mod args;
mod beside;
pub mod commands;
mod commit;
pub mod connect;
pub mod drift;
pub mod exit;
pub mod failure;
mod file;
mod forms;
pub mod grants;
mod interrupts;
mod judge;
pub mod notify;
mod offline;
pub mod picture;
mod place;
pub mod program;
pub mod project;
pub mod providers;
mod rebuild;
mod recording;
mod recover;
pub mod report;
mod scope;
pub mod screen;
mod snapshots;
mod stores;
pub mod survey;
mod telemetry;
mod versions;
pub mod view;
