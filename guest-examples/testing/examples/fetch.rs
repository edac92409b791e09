//! Sends HTTP requests with `wasi:http` 0.2, and says what came back; the host decides which of them it may send.

#![expect(clippy::unwrap_used, reason = "a guest that cannot ask has nothing to say")]

use testing_guests::declared;
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingResponse, Method, OutgoingRequest, RequestOptions, Scheme,
};
use wasip2::io::streams::StreamError;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        generate_all,
        inline: r#"
            package testing:fetch@0.1.0;

            interface fetch {
                record answer {
                    status: u16,
                    body: string,
                    /// The URLs that were asked, the first one included.
                    urls: list<string>,
                }

                /// Sends a request, and follows so many redirects. An `err` is the name of the interface's error.
                fetch: func(method: string, url: string, redirects: u32) -> result<answer, string>;

                /// Reads a body to its end, and says how long it was.
                drain: func(url: string) -> result<u64, string>;

                /// Asks for a body, and reads nothing of it for so long.
                dawdle: func(url: string, milliseconds: u64) -> result<u16, string>;

                /// As `fetch`, with the guest's own limits, each in milliseconds.
                hurry: func(url: string, connect: u64, first-byte: u64, between-bytes: u64) -> result<answer, string>;

                /// Sends so many requests at once, and counts the answers.
                crowd: func(url: string, requests: u32) -> u32;

                /// What it can see of a request that is never sent: its headers, and how much of a body can be written.
                prepare: func() -> tuple<list<string>, u64>;
            }

            world fetching {
                include larder:task/task@0.1.0;
                export fetch;
            }
        "#,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::exports::testing::fetch::fetch::{Answer, Guest};

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        vec![
            Task {
                cache: Some(Cache { cache_errors: true, ..declared!("").cache.unwrap() }),
                ..declared!("fetch#fetch")
            },
            declared!("fetch#prepare"),
        ]
    }
}

impl Guest for Component {
    fn fetch(method: String, url: String, redirects: u32) -> Result<Answer, String> {
        let mut urls = vec![url];
        loop {
            let response = send(&method, &urls[urls.len() - 1], None).map_err(name)?;
            let locations = response.headers().get("location");
            match locations.first() {
                Some(location) if urls.len() <= redirects as usize => {
                    urls.push(String::from_utf8_lossy(location).into_owned());
                }
                Some(_) | None => {
                    let status = response.status();
                    let mut body = Vec::new();
                    read(&response, |bytes| body.extend_from_slice(bytes))?;
                    return Ok(Answer { status, body: String::from_utf8_lossy(&body).into_owned(), urls });
                }
            }
        }
    }

    fn drain(url: String) -> Result<u64, String> {
        let mut total = 0;
        read(&send("GET", &url, None).map_err(name)?, |bytes| total += bytes.len() as u64)?;
        Ok(total)
    }

    fn dawdle(url: String, milliseconds: u64) -> Result<u16, String> {
        let response = send("GET", &url, None).map_err(name)?;
        let _body = response.consume().map_err(|()| "consumed")?;
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        Ok(response.status())
    }

    fn hurry(url: String, connect: u64, first_byte: u64, between_bytes: u64) -> Result<Answer, String> {
        let options = RequestOptions::new();
        options.set_connect_timeout(Some(connect * 1_000_000)).unwrap();
        options.set_first_byte_timeout(Some(first_byte * 1_000_000)).unwrap();
        options.set_between_bytes_timeout(Some(between_bytes * 1_000_000)).unwrap();
        let response = send("GET", &url, Some(options)).map_err(name)?;
        let mut body = Vec::new();
        read(&response, |bytes| body.extend_from_slice(bytes))?;
        Ok(Answer { status: response.status(), body: String::from_utf8_lossy(&body).into_owned(), urls: vec![url] })
    }

    fn crowd(url: String, requests: u32) -> u32 {
        let sent: Vec<_> = (0..requests).map(|_| handle(request("GET", &url), None).unwrap()).collect();
        let mut answered = 0;
        for future in sent {
            future.subscribe().block();
            if let Some(Ok(Ok(response))) = future.get() {
                answered += u32::from(read(&response, |_| ()).is_ok());
            }
        }
        answered
    }

    fn prepare() -> (Vec<String>, u64) {
        let request = request("POST", "http://example.com/");
        let names = request.headers().entries().into_iter().map(|(name, _)| name).collect();
        let body = request.body().unwrap();
        let stream = body.write().unwrap();
        (names, stream.check_write().unwrap())
    }
}

fn request(method: &str, url: &str) -> OutgoingRequest {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let headers = Fields::new();
    headers.append("user-agent", b"larder-test").unwrap();
    let request = OutgoingRequest::new(headers);
    let method = match method {
        "GET" => Method::Get,
        "POST" => Method::Post,
        other => Method::Other(other.to_owned()),
    };
    request.set_method(&method).unwrap();
    request.set_scheme(Some(&if scheme == "https" { Scheme::Https } else { Scheme::Http })).unwrap();
    request.set_authority(Some(authority)).unwrap();
    request.set_path_with_query(Some(path)).unwrap();
    request
}

fn send(method: &str, url: &str, options: Option<RequestOptions>) -> Result<IncomingResponse, ErrorCode> {
    let future = handle(request(method, url), options)?;
    loop {
        match future.get() {
            Some(response) => return response.unwrap(),
            None => future.subscribe().block(),
        }
    }
}

fn read(response: &IncomingResponse, mut each: impl FnMut(&[u8])) -> Result<(), String> {
    let body: IncomingBody = response.consume().map_err(|()| "consumed")?;
    let stream = body.stream().map_err(|()| "taken")?;
    loop {
        match stream.blocking_read(64 << 10) {
            Ok(bytes) => each(&bytes),
            Err(StreamError::Closed) => return Ok(()),
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(wasip2::http::types::http_error_code(&error).map_or("io".to_owned(), name));
            }
        }
    }
}

fn name(error: ErrorCode) -> String {
    let text = format!("{error:?}");
    text.strip_prefix("ErrorCode::").unwrap_or(&text).to_owned()
}
