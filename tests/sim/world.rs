//! The simulation: a device under test, a wire, a peer, and virtual time.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wm_sys::host::{Impairments, Peer, PeerSocket, Record, VirtualPlatform, Wire, WireConfig};
use wm_sys::{Instant, Platform};
use wm_websockets::net::{BoxedDevice, Core, InterfaceConfig, Stack};
use wm_websockets::server::{Context, Limits, Routes};

use crate::heap;
use crate::wire_ends::{Crowd, Foreign, Overheard, Silent};

/// The port that the servers of these tests listen on.
pub const PORT: u16 = 80;

/// A wire of a local network: a millisecond each way, nothing lost.
pub const LAN: Impairments = Impairments {
    delay: Duration::from_millis(1),
    jitter: Duration::ZERO,
    loss: 0.0,
    duplication: 0.0,
    corruption: 0.0,
    queue: 1024,
};

/// A cable pulled out.
pub const PULLED: Impairments = Impairments { loss: 1.0, ..LAN };

/// The longest that anything here may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// Rounds at one instant after which something spins.
const MAX_ROUNDS: u32 = 20_000;

/// When lwIP frees a connection that we closed first: twice TCP_MSL, and its timer's half second.
pub const TIME_WAIT: Duration = Duration::from_millis(31_000);

/// What is tested: lwIP alone, or a server on it.
pub trait Tested {
    /// Does what there is to do now; says whether there was anything.
    fn pass(&mut self) -> bool;
    /// How long there will be nothing to do, if nothing arrives.
    fn sleep_time(&mut self) -> Option<Duration>;
    fn stack(&mut self) -> &mut Stack;
}

impl Tested for Stack {
    fn pass(&mut self) -> bool {
        self.poll()
    }
    fn sleep_time(&mut self) -> Option<Duration> {
        Stack::sleep_time(self)
    }
    fn stack(&mut self) -> &mut Stack {
        self
    }
}

impl Tested for Context {
    fn pass(&mut self) -> bool {
        Context::pass(self)
    }
    fn sleep_time(&mut self) -> Option<Duration> {
        Some(Context::sleep_time(self))
    }
    fn stack(&mut self) -> &mut Stack {
        Context::stack(self)
    }
}

/// The right to use lwIP, which is one per process.
pub struct Turn {
    _guard: MutexGuard<'static, ()>,
}

impl Turn {
    fn wait() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        Turn { _guard: TURN.lock().unwrap_or_else(PoisonError::into_inner) }
    }
}

/// One device, one wire, one peer. lwIP is one per process, so worlds follow each other.
pub struct World<D: Tested> {
    pub device: D,
    pub peer: Peer<Crowd>,
    pub wire: Wire,
    platform: &'static VirtualPlatform,
    start: Instant,
    /// What the device holds while nobody is connected, in bytes.
    baseline: usize,
    /// Frames that the device is still too busy to send.
    busy: Rc<Cell<u32>>,
    /// The device knows that its cable is not plugged in.
    unplugged: Rc<Cell<bool>>,
    silent: Silent,
    overheard: Overheard,
    /// How often the device did what there was to do.
    passes: u64,
    turn: Turn,
}

impl World<Stack> {
    /// lwIP and nothing on it.
    pub fn net() -> Self {
        World::with(WireConfig::both(1, LAN), |stack| stack)
    }
}

impl World<Context> {
    /// A server with the default limits on a local network.
    pub fn server(routes: Routes) -> Self {
        World::limited(Limits::default(), routes)
    }

    /// A server with other limits.
    pub fn limited(limits: Limits, routes: Routes) -> Self {
        World::over(WireConfig::both(1, LAN), limits, routes)
    }

    /// A server at the end of any wire.
    pub fn over(wire: WireConfig, limits: Limits, routes: Routes) -> Self {
        World::with(wire, |stack| {
            let mut context = Context::new(stack, limits).expect("the limits fit");
            context.listen(PORT, routes).expect("the port is free");
            context
        })
    }
}

impl<D: Tested> World<D> {
    /// Waits for its turn, and starts at a time at which all of lwIP's timers are in the same phase: runs repeat exactly.
    pub fn with(config: WireConfig, make: impl FnOnce(Stack) -> D) -> Self {
        let turn = Turn::wait();
        heap::recover();
        let platform = VirtualPlatform::install();
        let mut stack = Stack::new().expect("the world before has ended");
        let start = forget_the_past(platform, &mut stack);
        platform.reseed(config.seed);
        let wire = Wire::new(WireConfig::both(config.seed, LAN));
        wire.advance_to(start);
        let (busy, unplugged) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(false)));
        let device = heap::of_device(|| {
            let end = Box::new(Foreign::new(wire.device_end(), Rc::clone(&busy), Rc::clone(&unplugged)));
            stack.attach(end, &InterfaceConfig::USER_NETWORK).expect("there is memory");
            make(stack)
        });
        let (silent, overheard) = (Silent::default(), Overheard::default());
        let peer = Peer::new(Crowd::new(wire.peer_end(), silent.clone(), overheard.clone()));
        let mut world = World {
            device,
            peer,
            wire,
            platform,
            start,
            baseline: 0,
            busy,
            unplugged,
            silent,
            overheard,
            passes: 0,
            turn,
        };
        world.settle(config);
        world
    }

    /// Lets the interface introduce itself (IPv6 takes its time) before the wire becomes what it is to be.
    fn settle(&mut self, config: WireConfig) {
        self.run_for(Duration::from_secs(20));
        self.wire.impair(config.from_device, config.from_peer);
        self.platform.reseed(config.seed);
        self.start = self.now();
        self.baseline = heap::live();
    }

    /// The device's end of the wire, for an interface in place of the one that there is.
    pub fn device_end(&self) -> BoxedDevice {
        let (busy, unplugged) = (Rc::clone(&self.busy), Rc::clone(&self.unplugged));
        Box::new(Foreign::new(self.wire.device_end(), busy, unplugged))
    }

    /// Pulls the device's cable out, or plugs it in, and the device knows.
    pub fn plug(&mut self, plugged: bool) {
        self.unplugged.set(!plugged);
        self.round();
    }

    pub fn now(&self) -> Instant {
        self.platform.now()
    }

    /// Time since this world began.
    pub fn elapsed(&self) -> Duration {
        self.now().saturating_duration_since(self.start)
    }

    /// Lets the device refuse the next `count` frames.
    pub fn refuse_frames(&self, count: u32) {
        self.busy.set(count);
    }

    /// Puts a peer in the place of the one there was, whose connections it knows nothing of.
    pub fn replace_peer(&mut self) {
        self.peer = Peer::new(Crowd::new(self.wire.peer_end(), self.silent.clone(), self.overheard.clone()));
    }

    /// Lets a client of the peer vanish: not a frame of it arrives any more, not even a reset.
    pub fn silence(&self, socket: PeerSocket) {
        self.silent.add(self.peer.local_port(socket));
    }

    /// Keeps frames to this address, at which no peer lives.
    pub fn overhear(&self, address: [u8; 4]) {
        self.overheard.listen(address);
    }

    /// What was kept since the last time.
    pub fn overheard(&self) -> Vec<Vec<u8>> {
        self.overheard.take()
    }

    /// How often the device did what there was to do.
    pub fn passes(&self) -> u64 {
        self.passes
    }

    /// What the wire did: from the device, from the peer.
    pub fn record(&self) -> (Record, Record) {
        (self.wire.record_from_device(), self.wire.record_from_peer())
    }

    /// Enters lwIP.
    pub fn core<R>(&mut self, enter: impl FnOnce(&mut Core<'_>) -> R) -> R {
        heap::of_device(|| self.device.stack().with_core(enter))
    }

    /// Ends the device under test, and keeps the turn: handles that outlive their stack must be dropped before the next world
    /// begins, as in any program.
    pub fn end(self) -> Turn {
        drop(self.device);
        self.turn
    }

    /// Lets time pass until `done`.
    #[track_caller]
    pub fn run_until(&mut self, done: impl FnMut(&mut Self) -> bool) {
        let deadline = self.now() + PATIENCE;
        assert!(self.run(deadline, done), "nothing happened for ten minutes");
    }

    /// Lets `duration` pass.
    #[track_caller]
    pub fn run_for(&mut self, duration: Duration) {
        let end = self.now() + duration;
        self.run(end, |_world| false);
    }

    /// Lets time pass until `done`, which is true, or until `end`, which is false.
    #[track_caller]
    fn run(&mut self, end: Instant, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        let mut rounds = 0;
        loop {
            let busy = self.round();
            let now = self.now();
            let over = done(self);
            if over || now >= end {
                return over;
            }
            rounds = if self.advance(busy, end) > now { 0 } else { rounds + 1 };
            assert!(rounds < MAX_ROUNDS, "something spins without getting anywhere");
        }
    }

    /// Waits until lwIP has forgotten all connections, and expects every byte back.
    #[track_caller]
    pub fn expect_all_freed(&mut self) {
        self.run_for(2 * TIME_WAIT);
        assert_eq!(heap::live(), self.baseline, "bytes held, and bytes held at first");
    }

    /// Waits until lwIP has forgotten all connections; gives the bytes that are held beyond those held at first.
    pub fn held_after_all_left(&mut self) -> isize {
        self.run_for(2 * TIME_WAIT);
        heap::live().cast_signed() - self.baseline.cast_signed()
    }

    /// The same, once this client has left.
    #[track_caller]
    pub fn expect_all_freed_after(&mut self, socket: PeerSocket) {
        self.peer.close(socket);
        self.expect_all_freed();
    }

    /// Lets time pass in which the device and the peer do nothing: what arrives meanwhile is found at once.
    pub fn skip(&mut self, time: Duration) {
        self.peer.poll(self.now());
        let next = self.now() + time;
        self.platform.advance_to(next);
        self.wire.advance_to(next);
    }

    fn round(&mut self) -> bool {
        let busy = heap::of_device(|| self.device.pass());
        self.passes += 1;
        self.peer.poll(self.now());
        busy
    }

    /// Moves time to the next event, `end` at the latest; while the device is busy that is now.
    fn advance(&mut self, busy: bool, end: Instant) -> Instant {
        let now = self.now();
        let sleep = heap::of_device(|| self.device.sleep_time()).unwrap_or(PATIENCE);
        let own = if busy { now } else { now + sleep };
        let others = [self.wire.next_event(), self.peer.poll_at()].into_iter().flatten().min();
        let next = others.map_or(own, |other| own.min(other)).clamp(now, end);
        self.platform.advance_to(next);
        self.wire.advance_to(next);
        next
    }
}

/// Lets the connections of the world before expire, and goes to the next full thousand of seconds.
fn forget_the_past(platform: &VirtualPlatform, stack: &mut Stack) -> Instant {
    let step = Duration::from_millis(250);
    for _ in 0..480 {
        platform.advance_to(platform.now() + step);
        stack.poll();
    }
    let thousands = platform.now().as_millis() / 1_000_000 + 1;
    let start = Instant::from_millis(thousands * 1_000_000);
    platform.advance_to(start);
    stack.poll();
    align_slow_timer(stack);
    expect_no_listener(stack);
    start
}

/// A test that drops its listener after its world, and so after its turn, would take the port from whoever is next.
fn expect_no_listener(stack: &mut Stack) {
    stack.with_core(|_core| {
        // SAFETY: this is the core context; the list is only looked at.
        let listening = unsafe { !tcp_listen_pcbs.is_null() };
        assert!(!listening, "a test before this one dropped its world before its listener");
    });
}

unsafe extern "C" {
    /// The listening PCBs; lwIP calls it a union of two pointers.
    static tcp_listen_pcbs: *const core::ffi::c_void;
    /// Counts the runs of lwIP's slow timer.
    static tcp_ticks: u32;
    /// Runs lwIP's fast timer, and every other time the slow one.
    fn tcp_tmr();
}

/// Whether the next run is a slow one depends on how many there were; from here it is not.
fn align_slow_timer(stack: &mut Stack) {
    stack.with_core(|_core| {
        // SAFETY: this is the core context, and `tcp_ticks` changes nowhere else.
        unsafe {
            let before = tcp_ticks;
            tcp_tmr();
            if tcp_ticks == before {
                tcp_tmr();
            }
        }
    });
}
