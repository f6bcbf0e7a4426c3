//! The context: everything a server owns, and the pass that serves it.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;
use core::time::Duration;

use wm_sys::Instant;
use wm_sys::heap::{self, OutOfMemory};

use super::broadcast;
use super::connection::Fate;
use super::counters::Counters;
use super::handle::{Handle, Letter};
use super::head_buffer::HeadBuffer;
use super::limits::Limits;
use super::outgoing::Outgoing;
use super::ports::Port;
use super::services::{FAR, Services, Shared};
use super::start_error::StartError;
use super::table::Table;
use super::timers::Timers;
use super::transport::Joint;
use super::visit::{Cause, Owner};
use crate::net::{FRAMES_PER_POLL, Stack};

/// Keys from here on are listeners; below are connections by index.
pub(super) const LISTENER_KEYS: u32 = 1 << 16;

/// Keys from here on are clients that look a name up.
#[cfg(feature = "client")]
pub(super) const CLIENT_KEYS: u32 = 1 << 17;

/// Endpoints served in one pass, before frames are received and timers are run again.
const VISITS_PER_PASS: usize = 32;

/// How long ago a pass may have begun, in milliseconds, for its time to do. Who takes longer may find a deadline late by as long as
/// lwIP sleeps.
const LONG_PASS: u64 = 1_000;

/// A server: its ports, its routes, its connections.
///
/// It lives in one task, which calls [`service`](Self::service) in a loop. Other tasks reach it through a [`Handle`].
///
/// ```no_run
/// use core::time::Duration;
/// use wm_websockets::http::Request;
/// use wm_websockets::net::Stack;
/// use wm_websockets::server::{Context, Limits, Response, Routes};
///
/// fn serve(stack: Stack) -> Result<(), Box<dyn std::error::Error>> {
///     let mut context = Context::new(stack, Limits::default())?;
///     context.listen(80, Routes::new().get("/", |_: &Request<'_>, response: &mut Response<'_>| response.text("hi\n"))?)?;
///     loop {
///         context.service(Duration::from_secs(1));
///     }
/// }
/// ```
pub struct Context {
    pub(super) ports: Vec<Port>,
    head_buffer: HeadBuffer,
    timers: Timers,
    /// When the first timer is due, and what runs it: `None` before there was one, and not linked where there is none.
    next_timer: Instant,
    run_timers: Option<fn(&mut Context)>,
    /// What serves those who wait at a port: `None` before there was one, and not linked where there is none.
    pub(super) accept: Option<fn(&mut Context, usize)>,
    /// What looks at the clock behind each pass, if somebody wants that.
    time_pass: Option<fn(&mut Context)>,
    /// What drops whatever served ports that were closed, and says where another can be put: `None` before there was one.
    pub(super) clear_ports: Option<fn(&mut Context) -> Option<usize>>,
    /// The last pass left frames or letters.
    unfinished: bool,
    /// None of lwIP's timers is due before. Known for one pass, the one after the sleep, for what is done in it may begin others.
    lwip_rests_until: Instant,
    // Last: the stack is dropped after the streams of the connections in it.
    pub(super) shared: Shared,
}

impl Context {
    /// Allocates what is needed from the start: 12 bytes per connection, the room for a response head, and 256 bytes.
    pub fn new(stack: Stack, limits: Limits) -> Result<Context, StartError> {
        let places = limits.connections.saturating_add(limits.lingering);
        let (table, head_buffer) = (Table::new(places)?, HeadBuffer::new(limits.response_head)?);
        let shared = Shared::new(stack, limits, table, Joint::new()?);
        Ok(Context {
            ports: Vec::new(),
            head_buffer,
            timers: Timers::default(),
            next_timer: FAR,
            run_timers: None,
            accept: None,
            time_pass: None,
            clear_ports: None,
            unfinished: true,
            lwip_rests_until: Instant::ZERO,
            shared,
        })
    }

    /// Calls `action` after `delay`, and again after what it returns, until that is `None`.
    ///
    /// # Errors
    /// [`StartError::TooManyTimers`] when [`Limits::timers`] are set already, [`StartError::NoMemory`].
    pub fn after(
        &mut self,
        delay: Duration,
        action: impl FnMut(&mut Services<'_>) -> Option<Duration> + 'static,
    ) -> Result<(), StartError> {
        if self.timers.len() >= self.shared.limits.timers {
            return Err(StartError::TooManyTimers);
        }
        let due = wm_sys::now() + delay;
        self.timers.add(due, heap::try_box(action)?)?;
        self.next_timer = self.next_timer.min(due);
        self.run_timers = Some(Context::run_timers);
        Ok(())
    }

    /// Waits until there is something to do, `timeout` at the longest; then receives frames, runs timers and serves every endpoint
    /// that has news.
    ///
    /// What ends the wait is a deadline, or [`wm_sys::wake`]: by the network driver for a frame, by a [`Handle`] for a letter.
    ///
    /// What is short of a millisecond counts as one.
    #[inline]
    pub fn service(&mut self, timeout: Duration) {
        let milliseconds = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
        self.service_for(if timeout.is_zero() { 0 } else { milliseconds.max(1) });
    }

    pub(crate) fn service_for(&mut self, milliseconds: u32) {
        let sleep = self.sleep_milliseconds().min(milliseconds);
        if sleep > 0 {
            wm_sys::wait_milliseconds(sleep);
        }
        self.serve();
    }

    /// One pass without waiting, for a main loop that does other things too. True: it ended before everything was done, for
    /// the sake of that loop.
    ///
    /// Among the tasks of an executor it is what [`service`](Self::service) is in a task of an RTOS, if
    /// [`Platform::wake`](wm_sys::Platform::wake) wakes the executor's task too:
    ///
    /// ```
    /// use core::time::Duration;
    /// use wm_websockets::server::Context;
    ///
    /// /// `rest` waits so long, or until the platform is woken; without time it lets the other tasks run.
    /// async fn serve(mut context: Context, mut rest: impl AsyncFnMut(Duration)) -> ! {
    ///     loop {
    ///         let more = context.pass();
    ///         rest(if more { Duration::ZERO } else { context.sleep_time() }).await;
    ///     }
    /// }
    /// ```
    ///
    /// The firmware `async_chat` of `examples/mps2-an385` does so on Embassy's executor.
    pub fn pass(&mut self) -> bool {
        self.serve();
        self.has_work()
    }

    fn serve(&mut self) {
        self.shared.now = wm_sys::now();
        let mut frames = FRAMES_PER_POLL;
        let timers_are_due = self.shared.now >= mem::replace(&mut self.lwip_rests_until, Instant::ZERO);
        let mut more_frames = self.shared.stack.begin_poll(&mut frames, timers_are_due);
        self.shared.slots.begin_pass();
        if self.shared.slots.has_news() {
            self.shared.take_news();
        }
        self.visit_ready();
        while more_frames && frames > 0 {
            more_frames = self.shared.stack.receive(&mut frames);
            if more_frames {
                self.visit_ready();
            }
        }
        let more_letters = self.shared.letters().is_some_and(|open| open(self));
        if let Some(run) = self.run_timers.filter(|_| self.next_timer <= self.shared.now) {
            run(self);
        }
        self.visit_due();
        self.accept_waiting();
        self.unfinished = more_frames || more_letters;
        if let Some(clear_ports) = self.clear_ports {
            clear_ports(self);
        }
        if let Some(time_pass) = self.time_pass {
            time_pass(self);
        }
    }

    /// From here on measures how long passes take, for [`Counters::longest_pass`], which begins anew: a handler that blocks, and so keeps all
    /// clients waiting, is found by it.
    ///
    /// ```
    /// use wm_websockets::server::Context;
    ///
    /// /// Once a minute.
    /// fn report(context: &mut Context) {
    ///     log::info!("clients waited for at most {} ms", context.counters().longest_pass);
    ///     context.time_passes();
    /// }
    /// ```
    pub fn time_passes(&mut self) {
        self.shared.counters.longest_pass = 0;
        self.time_pass = Some(|context| {
            let took = wm_sys::now().saturating_duration_since(context.shared.now).as_millis();
            Counters::raise(
                &mut context.shared.counters.longest_pass,
                usize::try_from(took).unwrap_or(usize::MAX),
            );
        });
    }

    /// How long nothing has to be done, if nothing comes from outside.
    pub fn sleep_time(&mut self) -> Duration {
        Duration::from_millis(self.sleep_milliseconds().into())
    }

    fn sleep_milliseconds(&mut self) -> u32 {
        if self.has_work() {
            return 0;
        }
        let next = self.shared.next_deadline.min(self.next_timer);
        let lwip = self.shared.stack.sleep_milliseconds();
        // Counted from the start of the pass, which is earlier, and a clock less to read. A clock of 64 bits does not wrap.
        self.lwip_rests_until = Instant::from_millis(self.shared.now.as_millis().wrapping_add(lwip.into()));
        let until_next = |now: Instant| next.as_millis().saturating_sub(now.as_millis());
        // lwIP's timers nearly always come first; then the time need not be asked for again. Never more than its 32 bits, 49
        // days, which spares a small core a long division.
        match until_next(self.shared.now) > u64::from(lwip).saturating_add(LONG_PASS) {
            true => lwip,
            false => u32::try_from(until_next(wm_sys::now())).map_or(lwip, |until| until.min(lwip)),
        }
    }

    fn has_work(&mut self) -> bool {
        let Shared { stack, slots, .. } = &mut self.shared;
        self.unfinished || stack.has_ready() || stack.has_dropped() || slots.has_news()
    }

    /// Visits whom something has happened to. A record, or a step of a handshake, is enough for a pass, for it can take longer than all else.
    fn visit_ready(&mut self) {
        for _ in 0..VISITS_PER_PASS {
            if self.shared.slots.has_stepped() {
                return;
            }
            let Some(key) = self.shared.stack.next_ready() else { return };
            #[cfg(feature = "client")]
            if let Some(client) = key.get().checked_sub(CLIENT_KEYS) {
                super::client::advance(&mut self.shared, client as u8);
                continue;
            }
            match key.get().checked_sub(LISTENER_KEYS) {
                Some(port) => self.accept_at(port as usize),
                None => self.visit(key.get() as u16, Cause::Ready),
            }
        }
    }

    fn accept_at(&mut self, port: usize) {
        if let Some(accept) = self.accept {
            accept(self, port);
        }
    }

    /// A TLS connection has ended, or come through its handshake: others may have waited for that.
    fn accept_waiting(&mut self) {
        if self.shared.slots.take_freed() {
            #[cfg(feature = "client")]
            self.go_on_with_clients();
            for number in 0..self.ports.len() {
                if self.ports.get(number).is_some_and(|port| port.tls.is_some()) {
                    self.accept_at(number);
                }
            }
        }
    }

    /// Our own clients that wait for the same go first: they are few, and nobody repeats for them what was not heard.
    #[cfg(feature = "client")]
    fn go_on_with_clients(&mut self) {
        for index in self.shared.table.indices() {
            if self.shared.table.get_mut(index).is_some_and(|connection| connection.is_queued()) {
                self.visit(index, Cause::Ready);
            }
        }
        super::client::advance_due(&mut self.shared);
    }

    /// Ends a connection without a visit.
    pub(super) fn end(&mut self, index: u16, fate: Fate) {
        let Some(mut connection) = self.shared.table.take(index) else { return };
        #[cfg(feature = "client")]
        if connection.client.is_some() {
            return super::client::end(&mut self.shared, connection, fate);
        }
        if let Some(port) = self.ports.get_mut(usize::from(connection.listener)) {
            connection.end(&mut self.shared, Owner::from(&mut port.routes));
        }
        self.shared.dismiss(connection, fate);
    }

    fn visit(&mut self, index: u16, cause: Cause) {
        let Some(mut connection) = self.shared.table.take(index) else { return };
        #[cfg(feature = "client")]
        if connection.client.is_some() {
            return super::client::visit(&mut self.shared, &mut self.head_buffer, connection, cause);
        }
        let Some(port) = self.ports.get_mut(usize::from(connection.listener)) else { return };
        match connection.visit(&mut self.shared, Owner::from(&mut port.routes), &mut self.head_buffer, cause)
        {
            Fate::Keep => self.shared.table.put(index, connection),
            fate => self.shared.dismiss(connection, fate),
        }
    }

    /// True: there may be more.
    pub(super) fn open_letters(&mut self) -> bool {
        for _ in 0..self.shared.limits.mailbox {
            let Some(letter) = self.shared.mailbox().and_then(Handle::take) else { return false };
            self.open_letter(letter);
        }
        // Without a mailbox there is never a letter.
        self.shared.limits.mailbox > 0
    }

    fn open_letter(&mut self, letter: Letter) {
        match letter {
            Letter::Send(id, message) => {
                if broadcast::send_to(&mut self.shared, id, message.as_message()).is_err() {
                    Counters::count(&mut self.shared.counters.messages_dropped);
                }
            }
            Letter::Broadcast(pattern, message, slow) => {
                let mut message = Outgoing::new(message.as_message());
                broadcast::broadcast(&mut self.shared, pattern, &mut message, slow);
            }
            Letter::Notify(id) if self.shared.table.is_current(id) => self.visit(id.index, Cause::Notified),
            Letter::Notify(_) => {}
        }
    }

    fn run_timers(&mut self) {
        self.timers.run(&mut Services { shared: &mut self.shared });
        self.next_timer = self.timers.next();
    }

    /// Visits connections whose deadline has passed. Deadlines mostly move on before they pass, so only a lower bound of them is
    /// kept, and all are looked at when that passes.
    fn visit_due(&mut self) {
        let now = self.shared.now;
        if self.shared.next_deadline > now {
            return;
        }
        self.shared.next_deadline = FAR;
        for index in self.shared.table.indices() {
            match self.shared.table.get_mut(index).map(|connection| connection.deadline) {
                Some(deadline) if deadline <= now => self.visit(index, Cause::Deadline),
                Some(deadline) => self.shared.note_deadline(deadline),
                None => {}
            }
        }
        #[cfg(feature = "client")]
        super::client::advance_due(&mut self.shared);
    }

    /// A handle for other tasks. The first one allocates the mailbox, [`Limits::mailbox`] letters of 32 bytes; without memory
    /// for it the handle refuses everything.
    pub fn handle(&self) -> Handle {
        self.shared.handle()
    }

    /// What has happened so far.
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// What handlers can reach, for the task that owns the context.
    pub fn services(&mut self) -> Services<'_> {
        Services { shared: &mut self.shared }
    }

    /// lwIP, to attach an interface for example.
    pub fn stack(&mut self) -> &mut Stack {
        &mut self.shared.stack
    }
}

pub(super) fn zeroed(length: usize) -> Result<Box<[u8]>, OutOfMemory> {
    heap::try_slice(length, |_| 0)
}

impl Drop for Context {
    /// Ends every connection, and tells its protocol.
    fn drop(&mut self) {
        if let Some(mailbox) = self.shared.mailbox() {
            mailbox.close();
        }
        #[cfg(feature = "client")]
        self.shared.clients.stop();
        for index in self.shared.table.indices() {
            self.end(index, Fate::Close);
        }
        for listener in self.ports.drain(..).filter_map(|port| port.listener) {
            self.shared.stack.enter(|core| listener.close(core));
        }
        self.shared.slots.close();
    }
}
