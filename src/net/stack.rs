//! The right to enter lwIP.

use core::cell::Cell;
#[cfg(feature = "sntp")]
use core::ffi::CStr;
use core::marker::PhantomData;
use core::time::Duration;

use critical_section::Mutex;
use lwip_sys::{SYS_TIMEOUTS_SLEEPTIME_INFINITE, sys_timeouts_sleeptime};

#[cfg(feature = "sntp")]
use super::clock;
use super::core_context::{self, IS_THREADED};
#[cfg(feature = "sntp")]
use super::error::ClockError;
use super::error::{AttachError, StackInUse};
use super::graveyard;
#[cfg(feature = "dhcp")]
use super::host_name::HostName;
use super::interface::{BoxedDevice, Interface, InterfaceConfig, InterfaceName};
use super::ready::{self, Key, ReadyList};
use super::token::{self, Core};

/// Frames taken from the device in one [`Stack::poll`], so that a flood cannot keep connections from being served.
pub(crate) const FRAMES_PER_POLL: usize = 16;

/// lwIP's owner: one per process.
///
/// On a board where the firmware itself drives lwIP's interface, no device is attached, and `poll` runs timers alone.
///
/// ```no_run
/// use wm_websockets::net::{BoxedDevice, InterfaceConfig, Stack};
///
/// fn bring_up(device: BoxedDevice) -> Result<Stack, Box<dyn std::error::Error>> {
///     let mut stack = Stack::new()?;
///     stack.attach(device, &InterfaceConfig::USER_NETWORK)?;
///     Ok(stack)
/// }
/// ```
#[derive(Debug)]
pub struct Stack {
    interface: Option<Attached>,
    not_send: PhantomData<*mut ()>,
}

/// An interface, and what is done with it: by pointers, so that a firmware whose SDK drives lwIP's interface contains nothing of ours.
#[derive(Debug)]
struct Attached {
    interface: Interface,
    receive: fn(&mut Core<'_>, &mut Interface, &mut usize) -> bool,
    detach: fn(Interface, &mut Core<'_>),
}

#[derive(Clone, Copy, PartialEq)]
enum Ownership {
    NeverInitialized,
    Free,
    Taken,
}

static OWNERSHIP: Mutex<Cell<Ownership>> = Mutex::new(Cell::new(Ownership::NeverInitialized));

impl Stack {
    /// Initialises lwIP, the first time, and takes possession of it. The platform is [installed](wm_sys::install) before: lwIP draws random
    /// numbers here, and its clock is the platform's.
    ///
    /// With `NO_SYS=0` this starts lwIP's thread; but with the feature `external` the firmware has done so before, by `tcpip_init`.
    ///
    /// # Errors
    /// [`StackInUse`] while there is another one.
    pub fn new() -> Result<Stack, StackInUse> {
        let before = critical_section::with(|cs| OWNERSHIP.borrow(cs).replace(Ownership::Taken));
        if before == Ownership::Taken {
            return Err(StackInUse);
        }
        if before == Ownership::NeverInitialized {
            // SAFETY: the first owner, once per process.
            unsafe { core_context::initialize() };
        }
        Ok(Stack { interface: None, not_send: PhantomData })
    }

    /// Gives lwIP an Ethernet interface, in place of one attached before. On a link that comes back
    /// ([`Device::is_link_up`](wm_sys::Device::is_link_up)) lwIP makes itself known to its neighbours; connections outlast a short break.
    pub fn attach(&mut self, device: BoxedDevice, config: &InterfaceConfig) -> Result<(), AttachError> {
        self.detach();
        let interface = self.enter(|core| Interface::attach(core, device, config))?;
        self.interface = Some(Attached { interface, receive: receive_frames, detach: Interface::detach });
        Ok(())
    }

    /// The same, but the network gives the addresses (DHCP, RFC 2131), and name servers with them. The task that serves is woken when
    /// there are some, or others, and [`addresses`](Self::addresses) tells which; ports can be listened on before. A lease is renewed while
    /// the stack is polled, asked for anew on a link that comes back, and returned when the interface is detached. Where there is no server,
    /// lwIP goes on asking, once a minute in the end.
    ///
    /// ```no_run
    /// use wm_websockets::net::{BoxedDevice, HostName, Stack};
    ///
    /// fn bring_up(device: BoxedDevice) -> Result<Stack, Box<dyn std::error::Error>> {
    ///     let mut stack = Stack::new()?;
    ///     stack.attach_with_dhcp(device, HostName::new("thermostat"))?;
    ///     Ok(stack)
    /// }
    /// ```
    #[cfg(feature = "dhcp")]
    pub fn attach_with_dhcp(
        &mut self,
        device: BoxedDevice,
        host_name: Option<HostName>,
    ) -> Result<(), AttachError> {
        self.attach(device, &InterfaceConfig::NONE)?;
        let started = self.with_interface(|core, interface| {
            interface.map_or(Ok(()), |attached| attached.interface.start_dhcp(core, host_name))
        });
        if started.is_err() {
            self.detach();
        }
        started
    }

    /// The addresses of the attached interface; `None`: it has none, or none yet.
    pub fn addresses(&mut self) -> Option<InterfaceConfig> {
        self.with_interface(|core, interface| {
            interface.and_then(|attached| attached.interface.addresses(core))
        })
    }

    /// The IPv6 addresses of the attached interface that can be used now: its own on the link (RFC 4291 section 2.5.6), and those that
    /// routers have it make (RFC 4862). Each takes a second or two, in which the interface asks whether it is in use.
    ///
    /// ```
    /// # fn f(stack: &mut wm_websockets::net::Stack) {
    /// for address in stack.ipv6_addresses() {
    ///     log::info!("http://[{address}]/");
    /// }
    /// # }
    /// ```
    #[cfg(feature = "ipv6")]
    pub fn ipv6_addresses(&mut self) -> impl Iterator<Item = core::net::Ipv6Addr> + use<> {
        self.with_interface(|core, interface| {
            interface.map(|attached| attached.interface.ipv6_addresses(core))
        })
        .into_iter()
        .flatten()
    }

    /// Asks a time server (SNTP, RFC 4330), at once and every hour, and tells [the platform](wm_sys::Platform::set_unix_time) what it
    /// answers: for devices without a clock of their own, which could not check the dates of certificates else. `server` is a name or an
    /// address, in place of one that was named before. Without an answer it is asked again after 15 seconds, then after longer and longer,
    /// 150 at last.
    ///
    /// Only the server that was asked can answer, but nobody proves who it is: somebody between could tell a time at which an old certificate
    /// was good.
    ///
    /// ```no_run
    /// # fn f(stack: &mut wm_websockets::net::Stack) -> Result<(), Box<dyn std::error::Error>> {
    /// stack.synchronize_clock(c"pool.ntp.org")?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "sntp")]
    pub fn synchronize_clock(&mut self, server: &'static CStr) -> Result<(), ClockError> {
        self.enter(|core| clock::start(core, server))
    }

    /// The name of the attached interface.
    pub fn interface(&self) -> Option<InterfaceName> {
        self.interface.as_ref().map(|attached| attached.interface.name())
    }

    fn detach(&mut self) {
        if let Some(Attached { interface, detach, .. }) = self.interface.take() {
            self.enter(|core| detach(interface, core));
        }
    }

    /// Enters lwIP's core context: by a direct call with `NO_SYS=1`, under the core lock with `LWIP_TCPIP_CORE_LOCKING`, and otherwise
    /// by a message to lwIP's thread, in which `enter` then runs while this task waits. There it has that thread's stack, often a small
    /// one, and lwIP stands still: no work for long. And there, and there alone, `enter` and what it returns have to be [`Send`], as the handles
    /// of this module are there: a guard of a lock, for example, must not be dropped in another thread.
    #[inline]
    #[cfg(not(core_context = "message"))]
    pub fn with_core<R>(&mut self, enter: impl FnOnce(&mut Core<'_>) -> R) -> R {
        self.enter(enter)
    }

    /// Has lwIP's thread run `enter`, while this task waits. It has that thread's stack, often a small one, and lwIP stands still: no work for
    /// long. What goes there and comes back is [`Send`]: a guard of a lock, for example, must not be dropped in another thread.
    #[inline]
    #[cfg(core_context = "message")]
    pub fn with_core<R: Send>(&mut self, enter: impl FnOnce(&mut Core<'_>) -> R + Send) -> R {
        self.enter(enter)
    }

    /// The same for the library's own closures. They borrow what need not be `Send`, of the task that waits for them, but nothing that asks which
    /// thread it is used in.
    #[inline]
    pub(crate) fn enter<R>(&mut self, enter: impl FnOnce(&mut Core<'_>) -> R) -> R {
        // SAFETY: the stack is not Send, so this is the task that owns it; `&mut self` keeps out a second token.
        unsafe { core_context::with(enter) }
    }

    /// Whether [`next_ready`](Self::next_ready) would return something.
    pub fn has_ready(&mut self) -> bool {
        if IS_THREADED { ready::is_announced() } else { self.ready(|list| !list.is_empty()) }
    }

    /// Whether a handle was dropped, whose end the next [`poll`](Self::poll) sees to.
    pub(crate) fn has_dropped(&self) -> bool {
        graveyard::is_occupied()
    }

    /// Moves received frames into lwIP and runs its timers, unless it has a thread for them. True: it stopped after many frames, and
    /// there may be more.
    pub fn poll(&mut self) -> bool {
        let mut frames = FRAMES_PER_POLL;
        let mut more = self.begin_poll(&mut frames, true);
        while more && frames > 0 {
            more = self.receive(&mut frames);
        }
        more
    }

    /// [Receives](Self::receive) for the first time, and runs lwIP's timers if one of them may be due.
    pub(crate) fn begin_poll(&mut self, frames: &mut usize, timers_are_due: bool) -> bool {
        if IS_THREADED && self.interface.is_none() && !graveyard::is_occupied() {
            return false;
        }
        self.with_interface(|core, interface| {
            graveyard::empty(core);
            let more = interface.is_some_and(|attached| attached.receive(core, frames));
            if timers_are_due {
                core_context::check_timeouts(core);
            }
            more
        })
    }

    /// Moves up to so many received frames into lwIP, and counts them down. It stops where a peer has said all that it has to say for
    /// now, so that this peer's answer need not wait for what others sent, and what it takes is free again. True: there may be more.
    pub(crate) fn receive(&mut self, frames: &mut usize) -> bool {
        self.with_interface(|core, interface| {
            interface.is_some_and(|attached| attached.receive(core, frames))
        })
    }

    /// As [`enter`](Self::enter).
    #[inline]
    fn with_interface<R>(&mut self, enter: impl FnOnce(&mut Core<'_>, Option<&mut Attached>) -> R) -> R {
        let interface = self.interface.as_mut();
        // SAFETY: as in `enter`; an interface does not lead to a token.
        unsafe { core_context::with(|core| enter(core, interface)) }
    }

    /// How long lwIP's timers can wait for [`poll`](Self::poll); `None`: for ever.
    pub fn sleep_time(&mut self) -> Option<Duration> {
        let milliseconds = self.sleep_milliseconds();
        (milliseconds != SYS_TIMEOUTS_SLEEPTIME_INFINITE)
            .then(|| Duration::from_millis(u64::from(milliseconds)))
    }

    /// The same in milliseconds, as lwIP counts them; `u32::MAX`: for ever.
    pub fn sleep_milliseconds(&mut self) -> u32 {
        if IS_THREADED {
            return SYS_TIMEOUTS_SLEEPTIME_INFINITE;
        }
        // SAFETY: `enter` hands out the token that says that lwIP may be entered.
        self.enter(|_core| unsafe { sys_timeouts_sleeptime() })
    }

    /// The endpoint that has waited longest for attention, by the key it was given.
    pub fn next_ready(&mut self) -> Option<Key> {
        if IS_THREADED && !ready::is_announced() {
            return None;
        }
        self.ready(ReadyList::pop)
    }

    /// Lends the ready list, which is no reason to enter lwIP.
    #[inline]
    pub(super) fn ready<R>(&mut self, act: impl FnOnce(&mut ReadyList) -> R) -> R {
        // SAFETY: the stack is not Send, so this is the task that owns it; `&mut self` says that no token is lent.
        unsafe { token::ready(act) }
    }
}

impl Attached {
    fn receive(&mut self, core: &mut Core<'_>, frames: &mut usize) -> bool {
        (self.receive)(core, &mut self.interface, frames)
    }
}

fn receive_frames(core: &mut Core<'_>, interface: &mut Interface, frames: &mut usize) -> bool {
    while let Some(left) = frames.checked_sub(1) {
        *frames = left;
        if !interface.receive(core) {
            return false;
        }
        if core.ready(ReadyList::take_pushed) {
            break;
        }
    }
    true
}

impl Drop for Stack {
    fn drop(&mut self) {
        #[cfg(feature = "sntp")]
        self.enter(clock::stop);
        self.enter(graveyard::empty);
        self.detach();
        critical_section::with(|cs| OWNERSHIP.borrow(cs).set(Ownership::Free));
    }
}
