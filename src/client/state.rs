//! One client, as its connection sees it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;

use critical_section::Mutex;
use wm_sys::heap;

use super::super::routes::Routes;
use super::error::{Cause, ClientError, Step};
use super::options::{ConnectOptions, copied};
use super::request::{BodyLength, Job};
use crate::http::{Scheme, Status, Url, UrlError, split_once};
use crate::net::Disconnected;

/// What outlives a connection and a visit to it needs.
pub(in crate::server) struct State {
    pub(super) options: ConnectOptions,
    /// Where the last answer sent us instead.
    redirect: Option<Box<str>>,
    redirects: u8,
    /// The next connection is made because of a redirect, unless the request is taken back.
    pub(super) redirected: bool,
    /// Of an HTTP client: its request.
    pub(super) job: Option<Box<Job>>,
    /// How far the current connection came.
    pub(super) step: Step,
    /// Why it will end.
    cause: Option<Cause>,
    /// It was a WebSocket: its protocol hears of its end from there.
    pub(super) opened: bool,
    /// That was counted.
    pub(super) counted: bool,
    /// The application wants no further connection.
    pub(super) stopping: bool,
    /// Which request the connection carries.
    pub(super) turn: Turn,
    /// The client ends with its request.
    pub(super) once: bool,
}

/// [`State::redirect_to`].
type Follow = fn(&mut State, Status, Option<&[u8]>) -> Result<(), Cause>;

/// What follows redirects. Named where somebody wants that: a firmware that follows none links nothing of it. Not in each client, to whom it
/// would be four bytes.
static FOLLOW: Mutex<Cell<Option<Follow>>> = Mutex::new(Cell::new(None));

/// Options say that redirects are to be followed.
pub(super) fn follow_redirects() {
    critical_section::with(|cs| FOLLOW.borrow(cs).set(Some(State::redirect_to)));
}

/// The requests of a connection, one after the other.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Turn {
    /// The first one, or one that is being answered.
    First,
    /// Another one, to which nothing was answered yet: the server may have closed the connection in the meantime (RFC 9112 section 9.3.1).
    Next,
    /// None: it has come to its end, or was taken back. What is asked for since then the connection does not carry yet.
    Over,
}

impl State {
    pub(super) fn new(options: ConnectOptions) -> Self {
        State {
            options,
            redirect: None,
            redirects: 0,
            redirected: false,
            job: None,
            step: Step::Name,
            cause: None,
            opened: false,
            counted: false,
            stopping: false,
            turn: Turn::First,
            once: false,
        }
    }

    /// Where to connect to.
    #[inline(never)]
    pub(super) fn url(&self) -> Result<Url<'_>, UrlError> {
        Url::parse(self.redirect.as_deref().unwrap_or(&self.options.url))
    }

    /// The name or address to connect to, and the port.
    pub(super) fn destination(&self) -> Result<(&str, u16), UrlError> {
        self.url().map(|url| self.options.destination(&url))
    }

    /// A new attempt begins: at the URL of the options, unless an answer sends us elsewhere.
    pub(super) fn begin(&mut self) {
        let goes_on = core::mem::take(&mut self.redirected) && !self.is_spent();
        (self.step, self.cause) = (Step::Name, None);
        (self.opened, self.counted, self.turn) = (false, false, Turn::First);
        if !goes_on {
            (self.redirect, self.redirects) = (None, 0);
        }
    }

    /// Whether requests go where a redirect points.
    pub(super) fn is_redirected(&self) -> bool {
        self.redirect.is_some()
    }

    /// A request was answered, and where it was sent to instead of the client's URL with it is forgotten. False: that was another server,
    /// to which its connection still leads.
    pub(super) fn come_home(&mut self) -> bool {
        let is_home = self.url().is_ok_and(|url| self.options.is_for(&url));
        if is_home {
            (self.redirect, self.redirects) = (None, 0);
        }
        is_home
    }

    /// The request of a connection was taken back, which is of no further use. If an answer has sent the request elsewhere, its connection still
    /// is none to there.
    pub(super) fn give_up(&mut self) {
        self.turn = Turn::Over;
    }

    /// Whether the connection carries nothing that is wanted any more.
    pub(super) fn is_spent(&self) -> bool {
        self.turn == Turn::Over
    }

    /// Comes to this step, and tells who asked for it all.
    pub(super) fn reach(&mut self, routes: &mut Routes, step: Step) {
        self.step = step;
        if let Some(job) = &mut self.job {
            job.handler.step(step);
        } else if let Some(application) = routes.protocol(0).and_then(|protocol| protocol.as_client()) {
            application.step(step);
        }
    }

    /// Notes why the connection is going to end. The first reason counts.
    pub(super) fn fail(&mut self, cause: Cause) {
        self.cause.get_or_insert(cause);
    }

    /// Why the attempt failed.
    pub(super) fn take_error(&mut self) -> ClientError {
        ClientError { step: self.step, cause: self.cause.take().unwrap_or(Cause::Ended) }
    }

    /// The connection broke.
    pub(in crate::server) fn note_lost(&mut self, reason: Disconnected) {
        self.fail(match (self.step, reason) {
            (Step::Connect, Disconnected::Reset) => Cause::Refused,
            (Step::Connect, _) => Cause::TimedOut,
            (_, reason) => Cause::Lost(reason),
        });
    }

    /// The WebSocket is over; whether we began to close it.
    pub(in crate::server) fn note_closed(&mut self, by_us: bool) {
        self.stopping |= by_us;
    }

    /// What follows an answer with this status, if that is a redirect and the options allow it. A body is not sent twice.
    pub(super) fn follows(&self, status: Status) -> Option<Follow> {
        let has_body = self.job.as_ref().is_some_and(|job| job.request.length != BodyLength::None);
        let is_redirect = match status.code() {
            301 | 302 | 307 | 308 => !has_body,
            303 => true,
            _ => false,
        };
        if !is_redirect || self.options.redirects == 0 {
            return None;
        }
        critical_section::with(|cs| FOLLOW.borrow(cs).get())
    }

    /// Follows a redirect with this status: the next connection goes to `location`.
    pub(super) fn redirect_to(&mut self, status: Status, location: Option<&[u8]>) -> Result<(), Cause> {
        if self.redirects >= self.options.redirects {
            return Err(Cause::Redirects);
        }
        let location = location.and_then(|location| core::str::from_utf8(location).ok());
        let from = self.url().map_err(Cause::Location)?;
        let own = self.job.as_ref().and_then(|job| job.request.target.as_deref());
        let asked_for = own.filter(|_| !self.is_redirected()).unwrap_or(from.target());
        let to = resolve(&from, asked_for, location.unwrap_or_default()).ok_or(Cause::NoMemory)?;
        let target = Url::parse(&to).map_err(Cause::Location)?;
        if from.scheme().is_secure() && !target.scheme().is_secure() {
            return Err(Cause::Location(UrlError::Scheme));
        }
        if !self.options.reaches(&target) {
            return Err(Cause::NoTls);
        }
        self.redirect = Some(to);
        self.redirects = self.redirects.saturating_add(1);
        self.redirected = true;
        if let Some(job) = self.job.as_mut().filter(|_| status == Status::SEE_OTHER) {
            job.becomes_get();
        }
        Ok(())
    }
}

/// The URL that a reference stands for (RFC 3986 section 5.2), in the answer to a request for `target` at `base`. What is none comes out as
/// none. `None`: there is no memory.
fn resolve(base: &Url<'_>, target: &str, location: &str) -> Option<Box<str>> {
    let scheme = match base.scheme() {
        Scheme::Http | Scheme::Ws => "http:",
        Scheme::Https | Scheme::Wss => "https:",
    };
    let (location, _fragment) = split_once(location, b'#');
    let (path, _query) = split_once(target, b'?');
    let [scheme, slashes, authority] = match location.as_bytes() {
        [b'/', b'/', ..] => [scheme, "", ""],
        [] => [""; 3],
        _ if has_scheme(location) => [""; 3],
        _ => [scheme, "//", base.authority()],
    };
    let front = match location.as_bytes() {
        _ if slashes.is_empty() => "",
        [b'/', ..] => "",
        [b'?', ..] => path,
        _ => path.bytes().rposition(|octet| octet == b'/').and_then(|end| path.get(..=end)).unwrap_or("/"),
    };
    let text = without_dot_segments(&copied(&[scheme, slashes, authority, front, location])?)?;
    // As long as it is: to be cut to its length it would be moved, and without memory for that the program would end.
    copied(&[&text])
}

/// Takes the dot segments out of the path of a URL (section 5.2.4): not every server does, and ours refuses them.
fn without_dot_segments(url: &str) -> Option<String> {
    let (hierarchy, query) = split_once(url, b'?');
    // "http:", nothing, and the authority stand in front of the path.
    let mut path = Some(hierarchy);
    for _ in 0..3 {
        path = path.and_then(|rest| split_once(rest, b'/').1);
    }
    let length = path.map_or(0, |path| path.len().saturating_add(1));
    let start = hierarchy.len().saturating_sub(length);
    let mut kept = Vec::new();
    append(&mut kept, hierarchy.get(..start)?)?;
    while let Some(rest) = path {
        let (segment, next) = split_once(rest, b'/');
        path = next;
        let is_dot = matches!(segment, "." | "..");
        if segment == ".." {
            let parent = kept.iter().skip(start).rposition(|octet| *octet == b'/').unwrap_or(0);
            kept.truncate(start.saturating_add(parent));
        }
        // Of a path that ends with a dot segment a slash stays.
        if !is_dot || next.is_none() {
            append(&mut kept, "/")?;
            append(&mut kept, if is_dot { "" } else { segment })?;
        }
    }
    if let Some(query) = query {
        append(&mut kept, "?")?;
        append(&mut kept, query)?;
    }
    String::from_utf8(kept).ok()
}

fn append(text: &mut Vec<u8>, part: &str) -> Option<()> {
    heap::try_extend(text, part.as_bytes()).ok()
}

/// Whether a reference begins with a scheme: in one that does not, a colon stands behind a slash or a question mark (section 4.2).
fn has_scheme(location: &str) -> bool {
    let end = location.bytes().position(|octet| matches!(octet, b':' | b'/' | b'?'));
    end.and_then(|end| location.as_bytes().get(end)) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redirected(from: &str, location: &str) -> Result<(), Cause> {
        let mut state = State::new(ConnectOptions::new(from).unwrap().redirects(1));
        state.redirect_to(Status::FOUND, Some(location.as_bytes()))
    }

    #[test]
    fn references_are_resolved() {
        for (from, location, to) in [
            ("ws://a:81/b/c?d", "/e", "http://a:81/e"),
            ("ws://a/b/c?d/e", "f?g", "http://a/b/f?g"),
            ("ws://a", "f", "http://a/f"),
            ("ws://a/b", "//c/d", "http://c/d"),
            ("wss://a/b", "//c/d", "https://c/d"),
            ("ws://a/b", "wss://c/d", "wss://c/d"),
            ("ws://a/b", "http://c/d#e", "http://c/d"),
            ("ws://a/b/c?d", "?e", "http://a/b/c?e"),
            ("ws://a", "?e", "http://a/?e"),
            ("ws://a/b/c", "d?e=f:g", "http://a/b/d?e=f:g"),
            ("ws://a/b/c", "d/e:f", "http://a/b/d/e:f"),
            ("ws://a/b/c", "./d/", "http://a/b/d/"),
            ("ws://a/b/c/d?x", "../e?f/../g", "http://a/b/e?f/../g"),
            ("ws://a/b", "../../c", "http://a/c"),
            ("ws://a/b/c/", ".", "http://a/b/c/"),
            ("ws://a/b/c/", "..", "http://a/b/"),
            ("ws://a/b", "/c/./d/../.e/..f/", "http://a/c/.e/..f/"),
            ("ws://a/b", "https://c/d//../e/..", "https://c/d/"),
        ] {
            let base = Url::parse(from).unwrap();
            assert_eq!(resolve(&base, base.target(), location).as_deref(), Some(to), "{from} {location}");
        }
    }

    #[test]
    fn what_leads_nowhere_or_out_of_tls_is_not_followed() {
        for (from, location) in [
            ("ws://a", ""),
            ("ws://a", "ftp://b/"),
            ("ws://a", "http://"),
            ("wss://a", "http://a/"),
            ("ws://a", "/ /"),
        ] {
            assert!(matches!(redirected(from, location), Err(Cause::Location(_))), "{from} {location}");
        }
        assert_eq!(redirected("ws://a", "wss://a/"), Err(Cause::NoTls));
    }
}
