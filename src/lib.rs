//! `rollcall` carries CSV contact lists into SMS groups and back.
//!
//! This file is the map of the house. A contact walks through the rooms in this order, and never back:
//!
//! ```text
//! bytes -> contacts -> numbers -> audience -> plan -> apply -> groups -> (provider)
//!              |           |                    |        |
//!           rejects     rejects              ledger   ledger, events -> report
//! ```
//!
//! | room | receives | yields |
//! |---|---|---|
//! | [`contacts`] | paths, globs, stdin | rows: line number, cells, original bytes |
//! | [`numbers`] | a cell and its region | an [`numbers::Msisdn`], or a [`numbers::Rejection`] |
//! | [`audience`] | rows with numbers | sets of members per group, and every row's outcome on paper |
//! | [`plan`] | desired members, live members | a [`plan::Plan`], its digest, the brakes' verdicts |
//! | [`apply`] | a plan | the change, sent in chunks, recorded and verified |
//! | [`groups`] | typed requests | typed answers of the Groups REST API |
//! | [`ledger`] | what happened | runs and what they left behind, on this machine |
//! | [`backup`] | groups, and who left them | a folder that holds them all, and the groups again |
//! | [`export`] | members | tables for analysis |
//! | [`report`] | events | summaries for people and for scripts |
//! | [`sandbox`] | HTTP requests | the Groups API on this machine |
//! | [`jobs`] | `rollcall.toml` | profiles and named jobs, as the same settings that flags give |
//!
//! The command line lives in `src/bin/rollcall/`: it turns what was typed into settings for these rooms,
//! opens their doors in order, and holds no rules of its own.

pub mod apply;
pub mod audience;
pub mod backup;
pub mod contacts;
pub mod export;
pub mod groups;
pub mod jobs;
pub mod ledger;
pub mod meant;
pub mod numbers;
pub mod output;
pub mod plan;
pub mod report;
pub mod sandbox;
