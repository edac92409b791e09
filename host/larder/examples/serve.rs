//! A service that answers calls of one component's tasks: `POST /TASK` with the arguments as a JSON object.
//!
//! `cargo run -p larder --example serve -- COMPONENT CACHE`, then
//! `curl localhost:PORT/count-below -d '{"limit": 1000}'`.
//! An answer that another component made has its digest in the header `larder-made-by-other-component`. For a
//! stranger's component, ask for [`larder::policy::Trust::Untrusted`].
//! An `err` of the task is an ordinary answer. The status of an error says whether the caller or the server is at
//! fault.

#![expect(clippy::print_stderr, reason = "where it listens is for whoever started it")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path as Name, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use larder::arguments::Inputs;
use larder::sandbox::RunError;
use larder::value::to_json_text;
use larder::{CallOptions, Error, Hit, Larder, LoadedComponent, Signature, Status, Value};
use serde_json::value::RawValue;

type Served = (Larder, Arc<LoadedComponent>);

/// Answers a call. The body is read as JSON, whatever its content type: `curl -d` sends that of a form.
async fn call(State((larder, component)): State<Served>, Name(task): Name<String>, body: String) -> Response {
    let answer = async {
        let task = larder.prepare(component.clone(), component.find(&task)?, CallOptions::default())?;
        let signature = &task.task().exported.signature;
        let inputs = match inputs(signature, &body) {
            Ok(inputs) => inputs,
            Err(problem) => return Ok((StatusCode::BAD_REQUEST, problem).into_response()),
        };
        let outcome = larder.call(&task, &inputs).await?;
        let text = outcome.result.as_ref().zip(signature.result.as_ref());
        // A task without a result type has an empty answer.
        let mut response = match text.map(|(value, ty)| to_json_text(value, ty)) {
            Some(text) => ([(CONTENT_TYPE, "application/json")], text).into_response(),
            None => StatusCode::NO_CONTENT.into_response(),
        };
        // Components that declare the same version answer for each other: tell the caller which one did.
        if let Status::Hit(Hit { made_by_other_component: Some(digest) }) = outcome.status
            && let Ok(digest) = digest.to_string().try_into()
        {
            response.headers_mut().insert("larder-made-by-other-component", digest);
        }
        Ok::<_, Error>(response)
    };
    answer.await.unwrap_or_else(|error| (status(&error), error.to_string()).into_response())
}

/// Reads the inputs from a JSON object, each by its type.
fn inputs(signature: &Signature, body: &str) -> Result<Vec<Value>, String> {
    let arguments: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(body).map_err(|error| format!("expected a JSON object of arguments: {error}"))?;
    let mut inputs = Inputs::new(signature, Path::new("/nowhere"));
    for (name, value) in &arguments {
        inputs.json(name, value.get()).map_err(|error| error.to_string())?;
    }
    let inputs = inputs.complete().map_err(|error| error.to_string())?;
    // A stranger may name content by its digest, but no path of this machine.
    if inputs.iter().all(Value::names_no_path) { Ok(inputs) } else { Err("a path is no input here".to_owned()) }
}

/// Returns the status for each class of error: who is at fault, and whether to try again.
fn status(error: &Error) -> StatusCode {
    match error {
        Error::Find(_) | Error::NoSuchTask { .. } | Error::NoSuchBlob { .. } => StatusCode::NOT_FOUND,
        Error::Input(_) | Error::NotRepresentable { .. } | Error::Content(_) | Error::OtherKind { .. } => {
            StatusCode::BAD_REQUEST
        }
        Error::Shared(error) => status(error),
        Error::Run(failure) => match &failure.error {
            RunError::Denied(_) => StatusCode::FORBIDDEN,
            RunError::LimitExceeded(_) | RunError::Trapped { .. } | RunError::Exited(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            RunError::NoInstance(_) | RunError::NoMemory(_) => StatusCode::SERVICE_UNAVAILABLE,
            RunError::Directory { .. }
            | RunError::Protected { .. }
            | RunError::Input(_)
            | RunError::NotRepresentable { .. }
            | RunError::EngineBug(_)
            | RunError::Stopped
            | RunError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        },
        Error::TooLarge { .. }
        | Error::NoGpu { .. }
        | Error::NoThread { .. }
        | Error::Store(_)
        | Error::LostBlob { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Policy(_) | Error::NoWorkflow { .. } | Error::OtherComponent { .. } => StatusCode::CONFLICT,
        // The caller cannot fix the component or this host.
        Error::Component(_)
        | Error::Declare(_)
        | Error::Manifest(_)
        | Error::NotStored { .. }
        | Error::Sandbox(_)
        | Error::Changed
        | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(component), Some(cache)) = (arguments.next(), arguments.next()) else {
        return Err("usage: serve COMPONENT CACHE".into());
    };
    let larder = Larder::builder().cache_dir(cache).account("service").open()?;
    let component = Arc::new(larder.load(Path::new(&component), None).await?);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    eprintln!("listening on {}", listener.local_addr()?);
    Ok(axum::serve(listener, Router::new().route("/{task}", post(call)).with_state((larder, component))).await?)
}
