//! Events that a server sends (WHATWG HTML section 9.2): a response that goes on, and is never complete.

use alloc::vec::Vec;

use wm_sys::heap;

use super::response::Response;
use super::send_error::SendError;
use crate::http::Status;

/// One event of a stream, for a page's `EventSource`.
///
/// ```
/// use core::time::Duration;
/// use wm_websockets::http::Request;
/// use wm_websockets::server::{Event, Handler, Response, Routes};
///
/// /// Counts, as fast as the client takes it.
/// struct Counter;
///
/// impl Handler for Counter {
///     type Exchange = u32;
///
///     fn begin(&mut self, _request: &Request<'_>, response: &mut Response<'_>) -> Option<u32> {
///         response.events().ok()?;
///         Some(0)
///     }
///     fn writable(&mut self, count: &mut u32, response: &mut Response<'_>) {
///         let text = format!("{count}");
///         if response.event(&Event::named("count", &text)).is_ok() {
///             *count += 1;
///         }
///     }
/// }
///
/// let routes = Routes::new().get("/events", Counter)?;
/// # Ok::<(), wm_websockets::http::RouteError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event<'a> {
    /// Its kind, which a page listens for; `None`: `message`.
    pub name: Option<&'a str>,
    /// What the client says in `Last-Event-ID` when it comes back.
    pub id: Option<&'a str>,
    /// Its text, which may have several lines.
    pub data: &'a str,
}

impl<'a> Event<'a> {
    /// An event of that kind.
    pub const fn named(name: &'a str, data: &'a str) -> Self {
        Event { name: Some(name), id: None, data }
    }

    /// As it is sent: a line for each field and for each line of the text, and an empty one.
    fn write(&self, text: &mut Vec<u8>) -> Result<(), SendError> {
        for (field, value) in [("event: ", self.name), ("id: ", self.id)] {
            let Some(value) = value else { continue };
            // It would be a field of its own; a NUL in an id has the whole field ignored.
            if value.contains(['\r', '\n', '\0']) {
                return Err(SendError::BadHead);
            }
            line(text, field, value)?;
        }
        let mut rest = Some(self.data);
        while let Some(data) = rest {
            let first;
            (first, rest) = split_line(data);
            line(text, "data: ", first)?;
        }
        line(text, "", "")
    }
}

/// The first line, and what is behind its end: CR LF, or either of them.
fn split_line(text: &str) -> (&str, Option<&str>) {
    let end = text.bytes().position(|octet| matches!(octet, b'\r' | b'\n'));
    let end = end.and_then(|end| text.split_at_checked(end));
    let Some((line, behind)) = end else { return (text, None) };
    (line, behind.strip_prefix("\r\n").or(behind.get(1..)))
}

fn line(text: &mut Vec<u8>, field: &str, value: &str) -> Result<(), SendError> {
    let parts = [field, value, "\n"];
    let written = parts.iter().try_for_each(|part| heap::try_extend(text, part.as_bytes()));
    written.map_err(|_| SendError::NoMemory)
}

impl Response<'_> {
    /// Begins a stream of [events](Event), which may take any time. [`Handler::writable`](super::Handler::writable) is called as long as
    /// there is room, or, if the handler [defers](Self::defer) each time, when somebody calls [`Handle::notify`](super::Handle::notify).
    ///
    /// ```
    /// use std::{cell::RefCell, rc::Rc, time::Duration};
    /// use wm_websockets::http::Request;
    /// use wm_websockets::server::{ConnectionId, Context, Event, Handler, Response, SendError, Services};
    ///
    /// /// The pages that are open.
    /// #[derive(Clone, Default)]
    /// struct Levels(Rc<RefCell<Vec<ConnectionId>>>);
    ///
    /// impl Handler for Levels {
    ///     type Exchange = ();
    ///
    ///     fn begin(&mut self, _request: &Request<'_>, response: &mut Response<'_>) -> Option<()> {
    ///         response.events().ok()?;
    ///         self.0.borrow_mut().push(response.defer());
    ///         Some(())
    ///     }
    /// }
    ///
    /// /// Tells each of them the level once a second; one that has no room misses it, one that has gone is forgotten.
    /// fn tell(context: &mut Context, levels: Levels) -> Result<(), wm_websockets::server::StartError> {
    ///     context.after(Duration::from_secs(1), move |services: &mut Services<'_>| {
    ///         let event = Event::named("level", "12");
    ///         levels.0.borrow_mut().retain(|page| {
    ///             let sent = services.with_response(*page, |response| response.event(&event));
    ///             matches!(sent, Some(Ok(()) | Err(SendError::Full)))
    ///         });
    ///         Some(Duration::from_secs(1))
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    /// As all of [`Start`](super::Start).
    pub fn events(&mut self) -> Result<(), SendError> {
        self.without_timeout();
        self.start(Status::OK).content_type("text/event-stream").field("Cache-Control", "no-store").chunked()
    }

    /// Sends an event, all of it or nothing.
    ///
    /// # Errors
    /// [`SendError::Full`]: the client takes them slower than they come. [`SendError::BadHead`]: a name or an id with a line break.
    /// [`SendError::OutOfOrder`]: no stream was [begun](Self::events).
    pub fn event(&mut self, event: &Event<'_>) -> Result<(), SendError> {
        let mut text = Vec::new();
        event.write(&mut text)?;
        self.write(&text)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    fn written(event: &Event<'_>) -> Result<String, SendError> {
        let mut text = Vec::new();
        event.write(&mut text)?;
        Ok(String::from_utf8(text).unwrap())
    }

    #[test]
    fn each_line_of_a_text_is_a_field() {
        for (data, expected) in [
            ("", "data: \n\n"),
            ("a", "data: a\n\n"),
            ("a\nb", "data: a\ndata: b\n\n"),
            ("a\r\nb\rc\n", "data: a\ndata: b\ndata: c\ndata: \n\n"),
            ("a\r", "data: a\ndata: \n\n"),
            ("a\r\r\n\nb\n\r", "data: a\ndata: \ndata: \ndata: b\ndata: \ndata: \n\n"),
        ] {
            assert_eq!(written(&Event { data, ..Event::default() }).unwrap(), expected, "{data:?}");
        }
        let event = Event { name: Some("n"), id: Some("7"), data: ":" };
        assert_eq!(written(&event).unwrap(), "event: n\nid: 7\ndata: :\n\n");
    }

    #[test]
    fn no_field_can_be_smuggled_in() {
        for bad in ["a\nb", "a\rb", "a\0"] {
            assert_eq!(written(&Event::named(bad, "")), Err(SendError::BadHead));
            assert_eq!(written(&Event { id: Some(bad), ..Event::default() }), Err(SendError::BadHead));
        }
    }
}
