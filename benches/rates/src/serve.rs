//! The servers: ours, and lwIP's own, on the same interface and in the same kind of main loop.

use std::error::Error;
use std::time::Duration;

use wm_sys::host::Tap;
use wm_websockets::http::{Request, RouteError, Status};
use wm_websockets::net::{InterfaceConfig, Stack};
use wm_websockets::server::{Context, Delivery, Limits, Response, Routes};

use crate::echo::Echo;

unsafe extern "C" {
    fn httpd_init();
    fn tcpecho_raw_init();
}

/// Longest wait without anything to do.
const IDLE: Duration = Duration::from_secs(10);

/// Our server on port 80: 13 bytes at `/`, an echo of whole messages at `/messages`, one of what has arrived at `/fragments`.
pub fn ours(tap: &str) -> Result<(), Box<dyn Error>> {
    let mut context = Context::new(stack(tap)?, Limits::default())?;
    context.listen(80, routes()?)?;
    loop {
        context.service(IDLE);
    }
}

/// lwIP's `httpd` on port 80 and `tcpecho_raw` on port 7.
pub fn baseline(tap: &str) -> Result<(), Box<dyn Error>> {
    let mut stack = stack(tap)?;
    // SAFETY: in lwIP's core context, once.
    stack.with_core(|_core| unsafe {
        httpd_init();
        tcpecho_raw_init();
    });
    loop {
        while stack.poll() {}
        wm_sys::wait(stack.sleep_time().map_or(IDLE, |lwip| lwip.min(IDLE)));
    }
}

fn stack(tap: &str) -> Result<Stack, Box<dyn Error>> {
    wm_sys::host::install();
    let mut stack = Stack::new()?;
    stack.attach(Box::new(Tap::open(tap)?), &InterfaceConfig::USER_NETWORK)?;
    Ok(stack)
}

fn routes() -> Result<Routes, RouteError> {
    Routes::new()
        .get("/", |_request: &Request<'_>, response: &mut Response<'_>| {
            response.send_static(Status::OK, "text/plain", b"Hello, world!");
        })?
        .websocket("/messages", Echo(Delivery::Messages))?
        .websocket("/fragments", Echo(Delivery::Fragments))
}
