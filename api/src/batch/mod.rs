//! A batch of declared lines: assessed one by one into its outputs, and as a whole: what it adds up to by
//! importer, code, origin and office, who declares systematically lower than others, and how an
//! interrupted run goes on. Not the assessment of a line.

mod abreast;
mod csv_out;
pub mod facts;
pub mod importers;
pub mod input;
pub mod journal;
mod outputs;
pub mod parquet;
pub mod patterns;
mod plain;
pub mod rollups;
pub mod run;
pub mod tally;
