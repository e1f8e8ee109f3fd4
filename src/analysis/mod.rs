//! What a run means: metrics by task and by run, busy cores over time, conditions over metrics, filled texts,
//! comparison, diagnoses in words. Pure functions of finished or growing [`crate::trace::Run`]s.

pub mod agreement;
pub mod claims;
pub mod columns;
pub mod condition;
pub mod diagnosis;
pub mod ends;
pub mod figures;
pub mod kept_busy;
pub mod meanwhile;
pub mod metrics;
pub mod overheads;
pub mod placeholders;
pub mod predicted;
pub mod report_run;
pub mod taken;
pub mod theory;
pub mod utilization;
