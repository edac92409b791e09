//! Tests of reading inputs, through the source that reads each format.

mod fixture;
mod json;
mod table;
