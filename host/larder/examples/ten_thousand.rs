//! Ten thousand calls of one task in one process, first as misses and then as hits. `tests/peers/compare.py` compares
//! them with the same calls of other caches.
//!
//! `ten_thousand COMPONENT FOLDER CALLS` calls the component's `sum` with each number below CALLS and 1, over a cache
//! in FOLDER, and prints the seconds of both as JSON. They exclude starting the process and loading the component.

use std::path::PathBuf;
use std::time::Instant;

use futures_util::StreamExt as _;
use larder::declare::DeclaredVersion;
use larder::policy::Asked;
use larder::{CallOptions, Larder, Prepared, Settings, Value};

type Failure = Box<dyn std::error::Error>;

/// Number of calls under way at once, and so of answers that may share a commit.
const AT_ONCE: usize = 512;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "what it finds out is for whoever started it")]
async fn main() -> Result<(), Failure> {
    let [component, folder, calls] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "see above")?;
    let calls = calls.parse()?;
    let larder = Larder::open(Settings::new(Some(PathBuf::from(folder))))?;
    let component = std::sync::Arc::new(larder.load(component.as_ref(), None).await?);
    let task = component.find("sum")?;
    let version = Some(DeclaredVersion::Declared("1".to_owned()));
    let options = CallOptions { asked: Asked { version, ..Asked::default() }, ..CallOptions::default() };
    let task = larder.prepare(component, task, options)?;
    let misses = seconds(&larder, &task, calls).await?;
    let work = larder.work();
    let hits = seconds(&larder, &task, calls).await?;
    if work.commits != u64::from(calls) || larder.work().hits - work.hits != u64::from(calls) {
        return Err("not all calls were misses that were stored, and then hits".into());
    }
    println!(r#"{{"misses": {misses}, "hits": {hits}}}"#);
    Ok(())
}

/// Measures the time of all calls, and checks each answer.
async fn seconds(larder: &Larder, task: &Prepared, calls: u32) -> Result<f64, Failure> {
    let began = Instant::now();
    let mut answers = Box::pin(larder.call_many(task, (0..calls).map(|a| vec![Value::U32(a), Value::U32(1)]), AT_ONCE));
    let mut right = 0;
    while let Some((at, answer)) = answers.next().await {
        right += u32::from(answer?.result == Some(Value::U32(u32::try_from(at)? + 1)));
    }
    if right == calls { Ok(began.elapsed().as_secs_f64()) } else { Err("a wrong answer".into()) }
}
