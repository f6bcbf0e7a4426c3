//! What every public type is, apart from what it does: shown by `{:?}` without its secrets, an error, and sent to other tasks or not.

use std::error::Error;
use std::fmt::Debug;

use wm_websockets::client::{
    Client, ClientCounters, ClientError, ClientId, ConnectOptions, OptionsError, RequestBody,
};
use wm_websockets::http::{Credentials, HeadLimits, HeadParser, Method, RequestHead, Router, UrlError};
use wm_websockets::net::{self, Core, InterfaceConfig, Lookup, Segment, Stack, TcpListener, TcpStream};
use wm_websockets::server::{
    BasicAuth, ConnectionId, Context, Counters, DigestAuth, FileError, Files, Handle, HandleError,
    HandshakeWorker, Limits, OwnedMessage, Response, Routes, SendError, Services, Socket, StartError,
    WholeBody,
};
use wm_websockets::tls::{self, ClientConfig, Engine, Identity, Plaintext, ServerConfig, Session};
use wm_websockets::ws::{self, Message};

/// Whether a type has a trait: of the two constants of this name the inherent one is taken, where it is there.
macro_rules! has {
    ($type:ty: $trait:ident) => {{
        #[allow(dead_code)] // not of types that have it
        trait Lacks {
            const ANSWER: bool = false;
        }
        impl<T: ?Sized> Lacks for T {}
        struct Asked<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code)] // not of types that lack it
        impl<T: ?Sized + $trait> Asked<T> {
            const ANSWER: bool = true;
        }
        Asked::<$type>::ANSWER
    }};
}

macro_rules! all {
    ($($type:ty),* $(,)? => $send:literal, $sync:literal) => {
        $(
            const { assert!(has!($type: Send) == $send, stringify!($type: Send)) };
            const { assert!(has!($type: Sync) == $sync, stringify!($type: Sync)) };
            const { assert!(has!($type: Debug), stringify!($type: Debug)) };
        )*
    };
}

#[test]
fn what_other_tasks_may_have_is_sent_to_them_and_nothing_else() {
    // Names, values, and what tells another task's context.
    all!(Handle, OwnedMessage, ConnectionId, ClientId, Limits, Counters, ClientCounters => true, true);
    all!(InterfaceConfig, Files, Message<'static>, ws::Connection, HeadParser, Router<u8> => true, true);
    // One task, whichever it is.
    all!(HandshakeWorker => true, false);
    // lwIP's core context, and what is served in it.
    all!(Stack, Core<'static>, TcpStream, TcpListener, Segment, Lookup => false, false);
    all!(Context, Services<'static>, Routes, Socket<'static>, Response<'static> => false, false);
    all!(Client<'static>, RequestBody<'static>, ConnectOptions => false, false);
    // Mbed TLS's one task.
    all!(Engine, ServerConfig, ClientConfig, Identity, Session, Plaintext => false, false);
}

#[test]
fn an_error_can_be_handed_on_as_what_any_function_returns() {
    macro_rules! errors {
        ($($type:ty),* $(,)?) => { $( const { assert!(has!($type: Error), stringify!($type)) }; all!($type => true, true); )* };
    }
    errors!(ClientError, OptionsError, UrlError, FileError, HandleError, SendError, StartError);
    errors!(net::AttachError, net::ConnectError, net::Disconnected, net::ListenError, net::StackInUse);
    errors!(net::WriteError, net::ResolveError);
    errors!(tls::ConfigError, tls::EngineError, tls::Error, tls::ImportError);
    errors!(ws::handshake::Refusal, ws::utf8::InvalidUtf8, ws::Violation);
}

/// A password, in every way in which it may be written.
fn is_silent_about(shown: &str, secret: &str) {
    let decimal = format!("{:?}", secret.as_bytes());
    let decimal = decimal.trim_matches(['[', ']']);
    assert!(!shown.contains(secret) && !shown.contains(decimal), "{shown}");
}

#[test]
fn a_request_shows_what_it_asks_for_and_not_by_what_right() {
    let text =
        b"GET /pumps HTTP/1.1\r\nHost: device\r\nAuthorization: Bearer 7ypf\r\nCookie: id=7ypf\r\n\r\n";
    let mut parser = HeadParser::default();
    let (request, _) = parser.parse(text, &HeadLimits::default()).expect("it is sound").expect("it is whole");
    let shown = format!("{request:?}");
    is_silent_about(&shown, "7ypf");
    for part in ["Get", "/pumps", "\"Authorization\"", "\"Cookie\""] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn a_head_that_is_being_written_shows_how_long_it_is() {
    let mut buffer = [0; 128];
    let mut head = RequestHead::new(&mut buffer, Method::Get, "/", "device").expect("there is room");
    head.field("Authorization", "Bearer 7ypf").expect("there is room");
    let shown = format!("{head:?}");
    is_silent_about(&shown, "7ypf");
    assert!(shown.contains("length"), "{shown}");
}

#[test]
fn options_of_a_client_show_where_to() {
    let options = ConnectOptions::new("wss://broker.example:8443/rooms?token=7ypf").expect("it is a URL");
    let options = options.field("Authorization", "Bearer 7ypf").expect("it is a field");
    let shown = format!("{options:?}");
    is_silent_about(&shown, "7ypf");
    for part in ["Wss", "broker.example", "8443"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn routes_show_how_many_and_gates_their_realm() {
    let page = || |_: &wm_websockets::http::Request<'_>, response: &mut Response<'_>| response.text("hello");
    let basic = BasicAuth::new("pumps", |_: &Credentials| true, page());
    assert!(format!("{basic:?}").contains("pumps"));
    let digest = DigestAuth::new("pumps", |_: &wm_websockets::http::DigestCredentials<'_>| true, page());
    assert!(format!("{digest:?}").contains("pumps"));
    let routes = Routes::new().get("/", basic).expect("there is memory");
    let routes = routes.post("/", WholeBody(|_: &[u8], _: &mut Response<'_>| {})).expect("there is memory");
    assert_eq!(format!("{routes:?}"), "Routes { handlers: 2, protocols: 0, .. }");
}
