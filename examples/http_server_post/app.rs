//! Answers GET and POST on every path.

use wm_websockets::http::{Request, RouteError};
use wm_websockets::server::{Response, Routes, WholeBody};

fn get(request: &Request<'_>, response: &mut Response<'_>) {
    response.text(request.path());
}

fn post(body: &[u8], response: &mut Response<'_>) {
    log::info!("received {} bytes", body.len());
    response.json(r#"{"status": "success", "message": "Received your request."}"#);
}

pub fn routes() -> Result<Routes, RouteError> {
    Routes::new().get("/{*path}", get)?.post("/{*path}", WholeBody(post))
}
