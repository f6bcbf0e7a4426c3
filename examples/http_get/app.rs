//! Fetches one URL.

use wm_websockets::client::{ClientError, ResponseHandler};
use wm_websockets::http::ReceivedResponse;

/// Hands on what arrives.
pub struct Get {
    pub status: fn(u16),
    pub bytes: fn(&[u8]),
    pub done: fn(Option<&ClientError>),
}

impl ResponseHandler for Get {
    fn response(&mut self, response: &ReceivedResponse<'_>) -> bool {
        (self.status)(response.status().code());
        true
    }

    fn body(&mut self, bytes: &[u8]) {
        (self.bytes)(bytes);
    }

    fn done(&mut self, result: Result<(), &ClientError>) {
        (self.done)(result.err());
    }
}
