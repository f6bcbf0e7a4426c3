//! A crowd of clients, handles in other tasks, timers, clients of the device's own, and ends of all kinds, on real threads: what it is for is
//! lwIP in a thread of its own (`cargo xtask test threads`), under ThreadSanitizer above all. `CROWD_SECONDS` says how long.

use std::env;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
#[cfg(feature = "security")]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
#[cfg(feature = "security")]
use std::thread::Thread;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

#[cfg(feature = "security")]
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tungstenite::Message as Frame;
use wm_sys::host::UserNetwork;
use wm_websockets::client::{
    BodyLength, ClientError, ConnectOptions, Request as Asked, RequestBody, ResponseHandler,
};
use wm_websockets::http::{Method, Request, Status};
use wm_websockets::net::{InterfaceConfig, Stack};
#[cfg(feature = "security")]
use wm_websockets::server::HandshakeWorker;
use wm_websockets::server::{
    ConnectionId, Context, Handle, HandleError, Handler, Limits, OwnedMessage, Protocol, Response, Routes,
    Services, SlowPolicy, Socket,
};
#[cfg(feature = "security")]
use wm_websockets::tls::{Engine, Identity, ServerConfig};
use wm_websockets::ws::{CloseCode, Message};

const DEVICE_PORT: u16 = 80;
#[cfg(feature = "security")]
const TLS_PORT: u16 = 443;

/// Names of connections, for other threads.
type Names = Arc<Mutex<Vec<ConnectionId>>>;

fn note(names: &Names, id: ConnectionId) {
    let mut names = names.lock().unwrap();
    names.push(id);
    if names.len() > 30 {
        names.remove(0);
    }
}

struct Echo(Names);

impl Protocol for Echo {
    type Session = ();

    fn open(&mut self, _: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }
    fn opened(&mut self, (): &mut (), socket: &mut Socket<'_>) {
        note(&self.0, socket.id());
    }
    fn message(&mut self, (): &mut (), socket: &mut Socket<'_>, message: Message<'_>) {
        match message {
            Message::Text("close") => _ = socket.close(CloseCode::NORMAL, "as you like"),
            Message::Text("abort") => socket.hang_up(),
            message => _ = socket.send(message),
        }
    }
    fn notified(&mut self, (): &mut (), socket: &mut Socket<'_>) {
        socket.send(Message::Binary(b"notified")).ok();
    }
}

/// Answers when another thread says so, which is told of it once.
struct Later(Names);

impl Handler for Later {
    type Exchange = ();

    fn begin(&mut self, _: &Request<'_>, _: &mut Response<'_>) -> Option<()> {
        Some(())
    }
    fn end(&mut self, (): &mut (), response: &mut Response<'_>) {
        self.0.lock().unwrap().push(response.defer());
    }
    fn writable(&mut self, (): &mut (), response: &mut Response<'_>) {
        if !response.is_started() {
            response.text("later");
        }
    }
}

/// What the device asks for itself.
struct Ask {
    ended: Arc<AtomicU32>,
}

impl ResponseHandler for Ask {
    fn send(&mut self, body: &mut RequestBody<'_>) {
        while body.write(&[7; 700]).is_ok() {}
    }
    fn done(&mut self, _: Result<(), &ClientError>) {
        self.ended.fetch_add(1, Relaxed);
    }
}

/// A cheap generator: the order of threads is not reproducible anyway.
struct Luck(u64);

impl Luck {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn connect(to: SocketAddr) -> Option<TcpStream> {
    let stream = TcpStream::connect(to).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    Some(stream)
}

/// How many conversations were led to their ends.
fn talk<S: Read + Write>(stream: S, luck: &mut Luck, end: impl Fn(&S, Shutdown)) -> u32 {
    let Ok((mut socket, _)) = tungstenite::client("ws://device/ws", stream) else { return 0 };
    for round in 0..luck.below(20) {
        let text = format!("{round} {}", "x".repeat(luck.below(3_000) as usize));
        if socket.send(Frame::text(text.clone())).is_err() {
            return 0;
        }
        loop {
            match socket.read() {
                Ok(Frame::Text(heard)) if heard.as_str() == text => break,
                Ok(Frame::Text(heard)) => assert!(heard.as_str().starts_with("tick"), "{heard}"),
                Ok(_) => {}
                Err(error) => panic!("{error} in round {round}"),
            }
        }
    }
    match luck.below(5) {
        0 => end(socket.get_mut(), Shutdown::Both),
        1 => end(socket.get_mut(), Shutdown::Write),
        2 => drop(socket.send(Frame::text("abort"))),
        3 => {
            socket.send(Frame::text("close")).ok();
            while socket.read().is_ok() {}
        }
        _ => {
            socket.close(None).ok();
            while socket.read().is_ok() {}
        }
    }
    1
}

fn ask(to: SocketAddr, luck: &mut Luck) -> u32 {
    let Some(mut stream) = connect(to) else { return 0 };
    let mut answers = 0;
    for _ in 0..luck.below(10) {
        let (path, expected) = if luck.below(2) == 0 { ("/hello", "hello") } else { ("/later", "later") };
        if write!(stream, "GET {path} HTTP/1.1\r\nHost: device\r\n\r\n").is_err() {
            return answers;
        }
        if luck.below(20) == 0 {
            return answers;
        }
        let (mut heard, mut buffer) = (Vec::new(), [0; 1_000]);
        while !heard.ends_with(expected.as_bytes()) {
            match stream.read(&mut buffer) {
                Ok(0) => return answers,
                Ok(length) => heard.extend(&buffer[..length]),
                // It may have made way for another before it was heard.
                Err(error) if error.kind() == ErrorKind::ConnectionReset && heard.is_empty() => {
                    return answers;
                }
                Err(error) => panic!("{error} after {}", String::from_utf8_lossy(&heard)),
            }
        }
        answers += 1;
    }
    answers
}

/// Serves the device's clients, in every way that servers have.
fn serve(listener: &TcpListener, luck: &mut Luck) {
    let Ok((mut stream, _)) = listener.accept() else { return };
    stream.set_read_timeout(Some(Duration::from_millis(100))).ok();
    let mut buffer = [0; 2_000];
    for _ in 0..luck.below(4) {
        if !matches!(stream.read(&mut buffer), Ok(1..)) {
            return;
        }
        match luck.below(4) {
            0 => return,
            1 => drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nup to the end")),
            _ => drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
        }
    }
}

/// What other tasks do with a handle.
fn interfere(handle: &Handle, names: &Names, asking: &Names, luck: &mut Luck) {
    // A letter that was taken is opened: it is not repeated.
    asking.lock().unwrap().retain(|id| handle.notify(*id) == Err(HandleError::Full));
    let id = names.lock().unwrap().last().copied();
    match (luck.below(4), id) {
        (0, _) => {
            let tick = OwnedMessage::text("tick of another").unwrap();
            handle.broadcast("/ws", tick, SlowPolicy::Drop).ok();
        }
        (1, Some(id)) => drop(handle.send(id, OwnedMessage::binary(b"for you").unwrap())),
        _ => {}
    }
    let all = names.lock().unwrap().clone();
    for id in all.into_iter().take(luck.below(20) as usize) {
        handle.notify(id).ok();
    }
    thread::sleep(Duration::from_millis(2));
}

fn routes(names: &Names, asking: &Names) -> Routes {
    Routes::new()
        .get("/hello", |_: &Request<'_>, response: &mut Response<'_>| response.text("hello"))
        .and_then(|routes| routes.get("/later", Later(asking.clone())))
        .and_then(|routes| routes.websocket("/ws", Echo(names.clone())))
        .unwrap()
}

/// With a worker, which does handshakes in a thread of its own; and whom clients trust.
#[cfg(feature = "security")]
fn listen_tls(context: &mut Context, routes: Routes) -> Arc<ClientConfig> {
    static TASK: OnceLock<Thread> = OnceLock::new();
    let certified = rcgen::generate_simple_self_signed(["device".to_owned()]).unwrap();
    let engine = Engine::new().unwrap();
    let (chain, key) = (certified.cert.pem(), certified.signing_key.serialize_pem());
    let identity = Identity::new(&engine, chain.as_bytes(), key.as_bytes()).unwrap();
    let tls = ServerConfig::builder(&engine).identity(identity).unwrap().build().unwrap();
    context.listen_tls(TLS_PORT, &tls, routes).unwrap();
    let mut worker = HandshakeWorker::new(|| _ = TASK.get().map(Thread::unpark)).unwrap();
    let task = thread::spawn(move || {
        loop {
            thread::park();
            worker.work();
        }
    });
    TASK.get_or_init(|| task.thread().clone());
    let mut roots = RootCertStore::empty();
    roots.add(certified.cert.der().clone()).unwrap();
    let versions = &[&rustls::version::TLS13, &rustls::version::TLS12];
    let builder = ClientConfig::builder_with_protocol_versions(versions);
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(core_context = "direct")]
fn attach(stack: &mut Stack, network: UserNetwork) {
    stack.attach(Box::new(network), &InterfaceConfig::USER_NETWORK).unwrap();
}

/// As a firmware's own driver does it: frames come to lwIP's thread out of one that knows nothing of us, at any time.
#[cfg(not(core_context = "direct"))]
fn attach(stack: &mut Stack, network: UserNetwork) {
    driver::start(stack, network, &InterfaceConfig::USER_NETWORK);
}

#[cfg(not(core_context = "direct"))]
mod driver {
    use super::*;

    use std::mem::MaybeUninit;
    use std::ptr;
    use std::sync::atomic::AtomicPtr;

    use lwip_sys::{
        ERR_OK, NETIF_FLAG_BROADCAST, NETIF_FLAG_ETHARP, NETIF_FLAG_ETHERNET, PBUF_RAM, PBUF_RAW, err_t,
        etharp_output, netif, netif_add, netif_set_default, netif_set_link_up, netif_set_up, pbuf,
        pbuf_alloc,
    };
    use wm_sys::Device;

    unsafe extern "C" {
        fn tcpip_input(frame: *mut pbuf, netif: *mut netif) -> err_t;
    }

    static DEVICE: Mutex<Option<UserNetwork>> = Mutex::new(None);
    static NETIF: AtomicPtr<netif> = AtomicPtr::new(ptr::null_mut());

    pub fn start(stack: &mut Stack, network: UserNetwork, config: &InterfaceConfig) {
        let [address, netmask, gateway] = [config.address, config.netmask, config.gateway]
            .map(|address| lwip_sys::ip4_addr_t { addr: u32::from_ne_bytes(address.octets()) });
        *DEVICE.lock().unwrap() = Some(network);
        // SAFETY: in the core context, with a netif that is zero at first and stays to the end of the process.
        stack.with_core(|_| unsafe {
            let netif: *mut netif = Box::leak(Box::new(std::mem::zeroed()));
            let state = ptr::null_mut();
            let added =
                netif_add(netif, &address, &netmask, &gateway, state, Some(initialize), Some(tcpip_input));
            assert!(!added.is_null());
            netif_set_default(netif);
            netif_set_link_up(netif);
            netif_set_up(netif);
            NETIF.store(netif, Relaxed);
        });
        thread::Builder::new().name("driver".into()).spawn(|| while receive() {}).unwrap();
    }

    fn receive() -> bool {
        let mut buffer = [MaybeUninit::uninit(); 1_514];
        let frame = {
            let mut device = DEVICE.lock().unwrap();
            let device = device.as_mut().unwrap();
            device.pending().map(|length| device.receive(&mut buffer[..length]).to_vec())
        };
        let Some(mut frame) = frame else {
            thread::sleep(Duration::from_micros(100));
            return true;
        };
        frame.resize(frame.len().max(60), 0);
        // SAFETY: the pbuf is new and in one piece, and lwIP's once it takes it.
        unsafe {
            let pbuf = pbuf_alloc(PBUF_RAW, frame.len() as u16, PBUF_RAM);
            if let Some(place) = pbuf.as_ref() {
                ptr::copy_nonoverlapping(frame.as_ptr(), place.payload.cast(), frame.len());
                // With its mailbox full lwIP's thread has not come for a while: as from a ring of descriptors, nothing is lost.
                while tcpip_input(pbuf, NETIF.load(Relaxed)) != ERR_OK {
                    thread::sleep(Duration::from_micros(100));
                }
            }
        }
        true
    }

    unsafe extern "C" fn initialize(netif: *mut netif) -> err_t {
        // SAFETY: lwIP calls from `netif_add`.
        unsafe {
            (*netif).name = [b'd', b'r'].map(|letter| letter as std::ffi::c_char);
            (*netif).hwaddr_len = 6;
            let address = DEVICE.lock().unwrap().as_ref().unwrap().hardware_address();
            (&raw mut (*netif).hwaddr).cast::<[u8; 6]>().write(address);
            (*netif).mtu = 1500;
            (*netif).flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
            (*netif).output = Some(etharp_output);
            (*netif).linkoutput = Some(transmit);
        }
        ERR_OK
    }

    unsafe extern "C" fn transmit(_: *mut netif, mut next: *mut pbuf) -> err_t {
        let mut frame = Vec::new();
        // SAFETY: lwIP calls with a valid chain.
        while let Some(piece) = unsafe { next.as_ref() } {
            // SAFETY: a pbuf's payload has `len` bytes.
            frame.extend(unsafe { std::slice::from_raw_parts(piece.payload.cast::<u8>(), piece.len.into()) });
            next = piece.next;
        }
        DEVICE.lock().unwrap().as_mut().unwrap().transmit(&[&frame]).ok();
        ERR_OK
    }
}

#[test]
fn a_crowd_on_threads() {
    wm_sys::host::install();
    let seconds = env::var("CROWD_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let mut stack = Stack::new().unwrap();
    let network = UserNetwork::start().unwrap();
    let to = network.forward("127.0.0.1:0", DEVICE_PORT).unwrap();
    #[cfg(feature = "security")]
    let to_tls = network.forward("127.0.0.1:0", TLS_PORT).unwrap();
    attach(&mut stack, network);
    let limits = Limits { connections: 14, tls_connections: 3, mailbox: 256, ..Limits::default() };
    let mut context = Context::new(stack, limits).unwrap();
    let (names, asking) = (Names::default(), Names::default());
    let routes = || routes(&names, &asking);
    context.listen(DEVICE_PORT, routes()).unwrap();
    #[cfg(feature = "security")]
    let trust = listen_tls(&mut context, routes());
    let ticks = |services: &mut Services<'_>| {
        services.broadcast("/ws", Message::Text("tick"), SlowPolicy::Drop);
        Some(Duration::from_millis(3))
    };
    context.after(Duration::from_millis(3), ticks).unwrap();

    let servers = TcpListener::bind("127.0.0.1:0").unwrap();
    servers.set_nonblocking(false).unwrap();
    let theirs = servers.local_addr().unwrap();
    let (stop, led, ended) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let has_clients = Arc::new(AtomicBool::new(true));
    let mut threads = Vec::new();
    let mut spawn = |name: &str, seed: u64, mut act: Box<dyn FnMut(&mut Luck) -> u32 + Send>| {
        let (stop, led, has_clients) = (stop.clone(), led.clone(), has_clients.clone());
        let is_last = name == "interfere";
        let run = move || {
            let mut luck = Luck(seed);
            while !stop.load(Relaxed) || (is_last && has_clients.load(Relaxed)) {
                led.fetch_add(act(&mut luck), Relaxed);
            }
        };
        threads.push(thread::Builder::new().name(name.into()).spawn(run).unwrap());
    };
    for seed in 1..=5 {
        let plain = move |luck: &mut Luck| {
            let end = |stream: &TcpStream, how| _ = stream.shutdown(how);
            connect(to).map_or(0, |stream| talk(stream, luck, end))
        };
        spawn("talk", seed, Box::new(plain));
        spawn("ask", seed + 100, Box::new(move |luck| ask(to, luck)));
    }
    #[cfg(feature = "security")]
    for seed in 11..=13 {
        let trust = trust.clone();
        let secure = move |luck: &mut Luck| {
            let Some(stream) = connect(to_tls) else { return 0 };
            let session = ClientConnection::new(trust.clone(), "device".try_into().unwrap()).unwrap();
            let end = |stream: &StreamOwned<_, TcpStream>, how| _ = stream.sock.shutdown(how);
            talk(StreamOwned::new(session, stream), luck, end)
        };
        spawn("talk", seed, Box::new(secure));
    }
    for seed in 1..=2 {
        let (handle, names, asking) = (context.handle(), names.clone(), asking.clone());
        let act = move |luck: &mut Luck| {
            interfere(&handle, &names, &asking, luck);
            0
        };
        spawn("interfere", seed, Box::new(act));
    }
    let serving = move |luck: &mut Luck| {
        serve(&servers, luck);
        0
    };
    spawn("serve", 9, Box::new(serving));

    let mut luck = Luck(77);
    let url = format!("http://10.0.2.2:{}/", theirs.port());
    let own = context.services().http_client(ConnectOptions::new(&url).unwrap()).unwrap();
    let start = Instant::now();
    let mut over = false;
    // Others are answered only as long as somebody has the answers.
    let is_served = |thread: &JoinHandle<()>| thread.thread().name() == Some("interfere");
    while threads.iter().any(|thread| !thread.is_finished()) {
        has_clients.store(threads.iter().any(|thread| !is_served(thread) && !thread.is_finished()), Relaxed);
        context.service(Duration::from_millis(50));
        over |= start.elapsed() > Duration::from_secs(seconds);
        if over && !stop.swap(true, Relaxed) {
            drop(TcpStream::connect(theirs));
        }
        assert!(start.elapsed() < Duration::from_secs(seconds + 60), "something waits for ever");
        let Some(mut client) = context.client(own) else { continue };
        let request = match luck.below(3) {
            0 => Asked::new(Method::Put, BodyLength::Known(70_000)),
            _ => Asked::GET,
        };
        client.request(request, Ask { ended: ended.clone() }).ok();
        match luck.below(30) {
            0 => client.cancel(),
            1 => client.stop(),
            _ => {}
        }
    }
    let failed = threads.into_iter().filter_map(|thread| thread.join().err()).count();
    assert_eq!(failed, 0, "threads have panicked");
    let counters = *context.counters();
    println!("{} conversations, {} own requests, {counters:?}", led.load(Relaxed), ended.load(Relaxed));
    assert!(led.load(Relaxed) > 10 && ended.load(Relaxed) > 3);
}
