//! A service that answers calls of one component's tasks: `POST /TASK` with the arguments as a JSON object.
//!
//! `cargo run -p larder --example serve -- COMPONENT CACHE`, then `curl localhost:PORT/count-below -d '{"limit": 1000}'`.
//! An answer that another component made has its digest in the header `larder-made-by-other-component`. For a stranger's
//! component, ask for [`larder::policy::Trust::Untrusted`].

#![expect(clippy::print_stderr, reason = "where it listens is for whoever started it")]

use std::path::Path;
use std::sync::Arc;

use axum::extract::{Path as Name, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use larder::arguments::{Argument, typed_inputs};
use larder::value::to_json_text;
use larder::{CallOptions, Error, Hit, Larder, LoadedComponent, Status, Value};

type Served = (Larder, Arc<LoadedComponent>);

async fn call(
    State((larder, component)): State<Served>,
    Name(task): Name<String>,
    Json(arguments): Json<serde_json::Map<String, serde_json::Value>>,
) -> Response {
    let answer = async {
        let task = larder.prepare(component.clone(), component.find(&task)?, CallOptions::default())?;
        let signature = &task.task().exported.signature;
        let arguments: Vec<_> =
            arguments.into_iter().map(|(name, value)| Argument { name, text: value.to_string() }).collect();
        let inputs = match typed_inputs(signature, &arguments, Path::new("/nowhere")) {
            // Strangers name content by its digest, and no path of this machine.
            Ok(inputs) if inputs.iter().all(Value::names_no_path) => inputs,
            Ok(_) => return Ok((StatusCode::BAD_REQUEST, "a path is no input here").into_response()),
            Err(error) => return Ok((StatusCode::BAD_REQUEST, error.to_string()).into_response()),
        };
        let outcome = larder.call(&task, &inputs).await?;
        let text = outcome.result.as_ref().zip(signature.result.as_ref());
        let mut response = text.map(|(value, ty)| to_json_text(value, ty)).unwrap_or_default().into_response();
        // A declared version is a claim that whoever makes it answers for the others: say who did.
        if let Status::Hit(Hit { made_by_other_component: Some(digest) }) = outcome.status
            && let Ok(digest) = digest.to_string().try_into()
        {
            response.headers_mut().insert("larder-made-by-other-component", digest);
        }
        Ok::<_, Error>(response)
    };
    answer.await.unwrap_or_else(|error| (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).into_response())
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
