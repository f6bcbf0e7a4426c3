//! `struct lws`: what C knows of one connection.

use core::cell::Cell;
use core::ffi::{c_char, c_int, c_void};
use core::net::SocketAddr;
use core::ptr;

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::abi::{lws, lws_context, lws_protocols, lws_retry_bo_t, lws_sockfd_type, lws_vhost};
use super::boundary::{TextBuffer, int, length};
use super::cell::RefCell;
use super::clients::ClientState;
use super::context::Context;
use super::export;
use super::head::Head;
use super::memory::Memory;
use super::receive::{Facts, Inbox};
use super::vhost::Vhost;
use crate::http::Status;
use crate::server::{ConnectionId, Response};
use crate::ws::Kind as MessageKind;

/// What a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Stands for a virtual host in callbacks about it.
    Placeholder,
    Http,
    WebSocket,
    /// Neither: bytes, as they come.
    Raw,
    /// To a server: a WebSocket, or a request.
    Client,
    HttpClient,
    RawClient,
}

/// How far the end of a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Open,
    /// A callback has ended it, or a timeout: no further ones but those of the end.
    Ending,
}

/// A body that is sent as the client takes it. By its methods in a table: firmware without files links nothing of them.
pub(super) trait OnItsWay {
    fn send_more(&mut self, response: &mut Response<'_>);
}

/// There are requests to be answered. The library for clients only has the code for that compiled, but not linked: it is not reached.
pub(super) const SERVES: bool = cfg!(feature = "capi-server");

/// Never: for timers.
pub(super) const NEVER: i64 = i64::MAX;

/// The connection that a handler of the core is about.
#[derive(Clone, Copy)]
pub(super) struct WsiRef(*const Wsi);

impl WsiRef {
    pub(super) fn new(wsi: &Wsi) -> Self {
        WsiRef(wsi)
    }

    pub(super) fn get<'a>(self) -> &'a Wsi {
        // SAFETY: the core drops what its handlers keep of a connection, or has called them about it for the last time, before the
        // connection is freed: by `remove_wsi` when the core reports its end, by `clients::farewell` out of that last call.
        unsafe { &*self.0 }
    }
}

/// The address of a peer, of which there is one in each connection: as short as this build's are.
#[cfg(not(feature = "ipv6"))]
type Peer = core::net::SocketAddrV4;
#[cfg(feature = "ipv6")]
type Peer = SocketAddr;

fn shortened(address: SocketAddr) -> Option<Peer> {
    #[cfg(not(feature = "ipv6"))]
    return match address {
        SocketAddr::V4(address) => Some(address),
        SocketAddr::V6(_) => None,
    };
    #[cfg(feature = "ipv6")]
    return Some(address);
}

/// One connection. C holds its address, so it is never moved; everything changes through cells.
// In this order: within 32 bytes a Thumb instruction that reaches a byte is half as long, within 128 one that reaches a word.
#[repr(C)]
pub(super) struct Wsi {
    pub(super) kind: Cell<Kind>,
    pub(super) life: Cell<Life>,
    /// A protocol was bound with a callback, which has to hear of its end.
    pub(super) bound: Cell<bool>,
    /// LWS_CALLBACK_ESTABLISHED was sent.
    pub(super) established: Cell<bool>,
    /// The response is complete, and C knows.
    pub(super) completed: Cell<bool>,
    pub(super) wants_writable: Cell<bool>,
    /// The response is a file: C hears of its end.
    pub(super) sends_file: Cell<bool>,
    /// The kind of the message that C is sending.
    pub(super) sending: Cell<MessageKind>,
    /// While C may refuse to upgrade it: the status that it is refused with.
    pub(super) refusal: Cell<Option<Status>>,
    pub(super) context: *const Context,
    pub(super) vhost: Cell<*const Vhost>,
    pub(super) id: Cell<Option<ConnectionId>>,
    pub(super) protocol: Cell<*const lws_protocols>,
    /// What callbacks get as `user`, and the memory behind it: none, if `user` is the application's own.
    pub(super) user: Cell<*mut c_void>,
    pub(super) session: Cell<Option<Memory>>,
    pub(super) opaque: Cell<*mut c_void>,
    peer: Cell<Option<Peer>>,
    /// The request, while C may ask for it.
    pub(super) head: RefCell<Option<Box<Head>>>,
    /// What is still to be read of it.
    pub(super) file: Cell<Option<Box<dyn OnItsWay>>>,
    /// Code and text of the Close frame that ends it, as they are sent.
    pub(super) close_payload: RefCell<Vec<u8>>,
    pub(super) inbox: RefCell<Inbox>,
    /// What C may ask about the piece of a message that it got last.
    pub(super) facts: Cell<Facts>,
    /// By which it is tried again; NULL: that of the virtual host.
    pub(super) retry: Cell<*const lws_retry_bo_t>,
    /// When LWS_CALLBACK_TIMER is due, and when the connection is to end.
    pub(super) timer: Cell<i64>,
    pub(super) timeout: Cell<i64>,
    pub(super) client: RefCell<Option<Box<ClientState>>>,
    tag: [u8; 16],
}

impl Wsi {
    pub(super) fn new(
        context: &Context,
        vhost: &Vhost,
        id: Option<ConnectionId>,
        peer: Option<SocketAddr>,
    ) -> Self {
        Wsi {
            context,
            vhost: Cell::new(vhost),
            id: Cell::new(id),
            kind: Cell::new(if id.is_some() { Kind::Http } else { Kind::Placeholder }),
            life: Cell::new(Life::Open),
            protocol: Cell::new(ptr::null()),
            user: Cell::new(ptr::null_mut()),
            session: Cell::new(None),
            opaque: Cell::new(ptr::null_mut()),
            peer: Cell::new(peer.and_then(shortened)),
            head: RefCell::new(None),
            bound: Cell::new(false),
            established: Cell::new(false),
            completed: Cell::new(false),
            wants_writable: Cell::new(false),
            sends_file: Cell::new(false),
            file: Cell::new(None),
            refusal: Cell::new(None),
            sending: Cell::new(MessageKind::Text),
            close_payload: RefCell::new(Vec::new()),
            inbox: RefCell::new(Inbox::default()),
            facts: Cell::new(Facts::default()),
            timer: Cell::new(NEVER),
            timeout: Cell::new(NEVER),
            retry: Cell::new(ptr::null()),
            client: RefCell::new(None),
            tag: tag(id),
        }
    }

    /// The connection behind C's pointer.
    ///
    /// # Safety
    /// `wsi` is NULL, or one that a callback got and that is not destroyed for `'a`.
    pub(super) unsafe fn from_c<'a>(wsi: *const lws) -> Option<&'a Self> {
        // SAFETY: the caller vouches for it.
        unsafe { wsi.cast::<Self>().as_ref() }
    }

    pub(super) fn as_c(&self) -> *mut lws {
        ptr::from_ref(self).cast_mut().cast()
    }

    pub(super) fn context(&self) -> &Context {
        // SAFETY: a context destroys its connections before itself.
        unsafe { &*self.context }
    }

    pub(super) fn vhost(&self) -> &Vhost {
        // SAFETY: a virtual host destroys its connections before itself.
        unsafe { &*self.vhost.get() }
    }

    /// The protocol, or else the first of the virtual host.
    pub(super) fn protocol_or_first(&self) -> *const lws_protocols {
        let bound = self.protocol.get();
        if bound.is_null() { self.vhost().first_protocol() } else { bound }
    }

    /// The peer's address, once it is known.
    #[cfg_attr(
        feature = "ipv6",
        expect(clippy::useless_conversion, reason = "a `SocketAddrV4` without IPv6")
    )]
    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.peer.get().map(SocketAddr::from)
    }

    pub(super) fn set_peer(&self, peer: Option<SocketAddr>) {
        self.peer.set(peer.and_then(shortened));
    }

    /// Whether it is bound to the protocol with this callback and name.
    pub(super) fn speaks(&self, protocol: &lws_protocols) -> bool {
        // SAFETY: protocols outlive their context by contract.
        unsafe { self.protocol.get().as_ref() }.is_some_and(|bound| super::protocol::is_same(bound, protocol))
    }

    /// Binds a protocol, with fresh memory; without memory it is bound all the same, and `None`.
    pub(super) fn bind(&self, protocol: *const lws_protocols) -> Option<()> {
        self.protocol.set(protocol);
        // SAFETY: protocols outlive their context by contract.
        let size = unsafe { protocol.as_ref() }.map_or(0, |protocol| protocol.per_session_data_size);
        self.replace_session(size)
    }

    /// `user` is the application's from here on; NULL, until a protocol is bound.
    pub(super) fn set_user(&self, user: *mut c_void) {
        self.session.set(None);
        self.user.set(user);
    }

    /// Gives it other memory, zeroed, unless `user` is the application's own.
    pub(super) fn replace_session(&self, size: usize) -> Option<()> {
        let before = self.session.take();
        if before.is_none() && !self.user.get().is_null() {
            return Some(());
        }
        // What does not fit is free before there is another: never both at a time.
        let memory = before.and_then(|memory| memory.again(size)).or_else(|| Memory::zeroed(size));
        self.user.set(memory.as_ref().map_or(ptr::null_mut(), Memory::as_ptr));
        let missing = size > 0 && memory.is_none();
        self.session.set(memory);
        (!missing).then_some(())
    }
}

/// A name for logs: `wsi 7.2`, place and generation.
fn tag(id: Option<ConnectionId>) -> [u8; 16] {
    let mut tag = [0; 16];
    // SAFETY: the array is written through this buffer alone.
    let mut buffer = unsafe { TextBuffer::new(tag.as_mut_ptr().cast(), tag.len()) };
    let _ = match id {
        Some(id) => buffer.push(b"wsi ").and_then(|()| buffer.push_number(id.index() as u64)),
        None => buffer.push(b"wsi -"),
    };
    tag
}

export! {
    fn lws_get_context(wsi: *const lws) -> *mut lws_context {
        // SAFETY: NULL or valid by contract, here and in all functions below.
        unsafe { Wsi::from_c(wsi) }.map_or(ptr::null_mut(), |wsi| wsi.context.cast_mut().cast())
    }

    fn lws_get_vhost(wsi: *mut lws) -> *mut lws_vhost {
        // SAFETY: NULL or valid by contract.
        unsafe { Wsi::from_c(wsi) }.map_or(ptr::null_mut(), |wsi| wsi.vhost.get().cast_mut().cast())
    }

    fn lws_get_protocol(wsi: *mut lws) -> *const lws_protocols {
        // SAFETY: NULL or valid by contract.
        unsafe { Wsi::from_c(wsi) }.map_or(ptr::null(), Wsi::protocol_or_first)
    }

    fn lws_protocol_get(wsi: *mut lws) -> *const lws_protocols {
        // SAFETY: passed on.
        unsafe { lws_get_protocol(wsi) }
    }

    fn lws_wsi_user(wsi: *mut lws) -> *mut c_void {
        // SAFETY: NULL or valid by contract.
        unsafe { Wsi::from_c(wsi) }.map_or(ptr::null_mut(), |wsi| wsi.user.get())
    }

    fn lws_set_wsi_user(wsi: *mut lws, user: *mut c_void) {
        // SAFETY: NULL or valid by contract.
        if let Some(wsi) = unsafe { Wsi::from_c(wsi) } {
            wsi.set_user(user);
        }
    }

    fn lws_adjust_protocol_psds(wsi: *mut lws, new_size: usize) -> *mut c_void {
        // SAFETY: NULL or valid by contract.
        unsafe { Wsi::from_c(wsi) }.map_or(ptr::null_mut(), |wsi| {
            wsi.replace_session(new_size);
            wsi.user.get()
        })
    }

    fn lws_get_opaque_user_data(wsi: *const lws) -> *mut c_void {
        // SAFETY: NULL or valid by contract.
        unsafe { Wsi::from_c(wsi) }.map_or(ptr::null_mut(), |wsi| wsi.opaque.get())
    }

    fn lws_set_opaque_user_data(wsi: *mut lws, data: *mut c_void) {
        // SAFETY: NULL or valid by contract.
        if let Some(wsi) = unsafe { Wsi::from_c(wsi) } {
            wsi.opaque.set(data);
        }
    }

    fn lws_get_network_wsi(wsi: *mut lws) -> *mut lws {
        wsi
    }

    fn lws_get_parent(wsi: *const lws) -> *mut lws {
        let _ = wsi;
        ptr::null_mut()
    }

    fn lws_get_child(wsi: *const lws) -> *mut lws {
        let _ = wsi;
        ptr::null_mut()
    }

    fn lws_wsi_tag(wsi: *mut lws) -> *const c_char {
        // SAFETY: NULL or valid by contract.
        unsafe { Wsi::from_c(wsi) }.map_or(c"(no wsi)".as_ptr(), |wsi| wsi.tag.as_ptr().cast())
    }

    fn lws_get_tsi(wsi: *mut lws) -> c_int {
        let _ = wsi;
        0
    }

    fn lws_wsi_tsi(wsi: *mut lws) -> c_int {
        let _ = wsi;
        0
    }

    fn lws_get_socket_fd(wsi: *mut lws) -> c_int {
        // SAFETY: NULL or valid by contract.
        let id = unsafe { Wsi::from_c(wsi) }.and_then(|wsi| wsi.id.get());
        id.map_or(-1, |id| int(id.index()))
    }

    fn lws_get_peer_simple(wsi: *mut lws, name: *mut c_char, namelen: usize) -> *const c_char {
        use core::fmt::Write as _;
        // SAFETY: `namelen` bytes by contract.
        let mut buffer = unsafe { TextBuffer::new(name, namelen) };
        // SAFETY: NULL or valid by contract.
        if let Some(peer) = unsafe { Wsi::from_c(wsi) }.and_then(Wsi::peer)
            && write!(buffer, "{}", peer.ip()).is_err()
        {
            buffer.clear();
        }
        name
    }

    fn lws_get_peer_addresses(
        wsi: *mut lws,
        fd: lws_sockfd_type,
        name: *mut c_char,
        name_len: c_int,
        rip: *mut c_char,
        rip_len: c_int,
    ) {
        let _ = fd;
        // SAFETY: passed on.
        unsafe {
            lws_get_peer_simple(wsi, name, length(name_len));
            lws_get_peer_simple(wsi, rip, length(rip_len));
        }
    }

    fn lws_is_ssl(wsi: *mut lws) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe { Wsi::from_c(wsi) }.map_or(0, |wsi| c_int::from(wsi.is_secure()))
    }
}
