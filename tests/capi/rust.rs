//! Rust in a context of C's, which this is too: it calls the C API as a program in C does.

use std::ffi::{CStr, c_int, c_void};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ptr;
use std::sync::Mutex;
use std::thread;

use wm_websockets::capi::{lws_context, with_context, with_services};
use wm_websockets::http::Request;
use wm_websockets::server::{Response, Routes, Services};

/// `struct lws_context_creation_info` of this machine in words; the facts say in which its members are.
type Info = [usize; 640 / size_of::<usize>()];
const PROTOCOLS: usize = 1;
/// In the lower half of this word.
const PORT: usize = 12;
const PCONTEXT: usize = 63;

/// CONTEXT_PORT_NO_LISTEN there.
const NO_LISTEN: usize = 0xffff_ffff;

const EVENT_WAIT_CANCELLED: c_int = 71;
const PROTOCOL_DESTROY: c_int = 28;

type Callback = unsafe extern "C" fn(*mut c_void, c_int, *mut c_void, *mut c_void, usize) -> c_int;

/// `struct lws_protocols`.
#[repr(C)]
struct Protocol {
    name: *const std::ffi::c_char,
    callback: Option<Callback>,
    others: [usize; 5],
}

unsafe extern "C" {
    fn lws_create_context(info: *const Info) -> *mut lws_context;
    fn lws_service(context: *mut lws_context, timeout: c_int) -> c_int;
    fn lws_cancel_service(context: *mut lws_context);
    fn lws_context_destroy(context: *mut lws_context);
    fn lws_get_context(wsi: *mut c_void) -> *mut lws_context;
}

/// What Rust could reach in a callback of C: the context, the services, and these within those.
static REACHED: Mutex<Vec<[bool; 3]>> = Mutex::new(Vec::new());

unsafe extern "C" fn callback(
    wsi: *mut c_void,
    reason: c_int,
    _user: *mut c_void,
    _input: *mut c_void,
    _length: usize,
) -> c_int {
    if reason == PROTOCOL_DESTROY {
        // SAFETY: as below.
        unsafe {
            let context = lws_get_context(wsi);
            assert!(with_context(context, |_| ()).is_none(), "it is being destroyed");
            assert!(with_services(context, |_| ()).is_none());
            assert_eq!(lws_service(context, 0), -1);
            lws_context_destroy(context);
        }
    }
    if reason == EVENT_WAIT_CANCELLED {
        // SAFETY: the library passes a connection, or what stands for one, of its context, in the thread that serves it.
        unsafe {
            let context = lws_get_context(wsi);
            let whole = with_context(context, |_| ()).is_some();
            let within = |_: &mut Services<'_>| with_services(context, |_| ()).is_some();
            let services = with_services(context, within);
            REACHED.lock().unwrap().push([whole, services.is_some(), services == Some(true)]);
        }
    }
    0
}

/// A port of this machine that nobody has.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn ask(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// In one test, for lwIP is one per process.
#[test]
fn rust_has_a_context_of_c_between_the_calls_and_its_services_within() {
    const NAME: &CStr = c"any";
    let protocols = [
        Protocol { name: NAME.as_ptr(), callback: Some(callback), others: [0; 5] },
        Protocol { name: ptr::null(), callback: None, others: [0; 5] },
    ];
    let mut context: *mut lws_context = ptr::null_mut();
    let mut info: Info = [0; _];
    info[PROTOCOLS] = protocols.as_ptr().expose_provenance();
    info[PORT] = NO_LISTEN;
    info[PCONTEXT] = (&raw mut context).expose_provenance();
    // SAFETY: all of it outlives the context, which this thread serves.
    unsafe {
        assert!(with_context(ptr::null_mut(), |_| ()).is_none());
        assert!(with_services(ptr::null_mut(), |_| ()).is_none());
        context = lws_create_context(&raw const info);
        assert!(!context.is_null());

        let port = free_port();
        let page = |_: &Request<'_>, response: &mut Response<'_>| response.text("of Rust");
        let routes = Routes::new().get("/", page).unwrap();
        with_context(context, |context| context.listen(port, routes)).unwrap().unwrap();
        let client = thread::spawn(move || ask(port));
        while !client.is_finished() {
            lws_service(context, 10);
        }
        assert!(client.join().unwrap().ends_with("\r\n\r\nof Rust"));

        lws_cancel_service(context);
        lws_service(context, 0);
        assert_eq!(*REACHED.lock().unwrap(), [[false, true, false]]);

        // Who ends it while Rust has it only asks for that.
        let doomed = context;
        let connections = with_context(context, |core| {
            lws_context_destroy(doomed);
            core.counters().connections
        });
        assert!(connections.is_some());
        assert!(context.is_null(), "destroyed once Rust had given it back");
    }
}
