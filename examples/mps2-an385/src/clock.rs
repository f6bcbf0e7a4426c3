//! Time: CMSDK timer 0 counts, SysTick wakes.
//!
//! There is no periodic tick: the processor sleeps until something happens or the next deadline comes. The counter is
//! 32 bits wide at 25 MHz and wraps after 171 s; the time must be asked for once in that time, and the alarm, which
//! reaches 0.67 s, sees to it.

use core::cell::Cell;

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use critical_section::{CriticalSection, Mutex};
use wm_sys::Instant;

/// Ticks a second, of the counter and of SysTick: the processor's clock.
pub const TICKS_PER_SECOND: u32 = 25_000_000;
const TICKS_PER_MILLISECOND: u32 = TICKS_PER_SECOND / 1_000;
/// SysTick counts 24 bits.
const LONGEST_ALARM: u32 = (1 << 24) - 1;

/// Register block of a CMSDK timer (ARM DDI 0479, section 4.2).
#[derive(derive_mmio::Mmio)]
#[repr(C)]
struct Counter {
    #[mmio(Write)]
    control: u32,
    #[mmio(PureRead, Write)]
    value: u32,
    #[mmio(Write)]
    reload: u32,
}

const COUNTER: usize = 0x4000_0000;
const ENABLE: u32 = 1;

fn counter() -> MmioCounter<'static> {
    // SAFETY: the block lies at this address on this chip. After `enable` its registers are only read.
    unsafe { Counter::new_mmio_at(COUNTER) }
}

/// Starts the counter and prepares SysTick.
pub(crate) fn enable(alarm: &mut SYST) {
    let mut counter = counter();
    counter.write_reload(u32::MAX);
    counter.write_value(u32::MAX);
    counter.write_control(ENABLE);
    alarm.set_clock_source(SystClkSource::Core);
    alarm.enable_interrupt();
}

/// The free-running counter: [`TICKS_PER_SECOND`], wraps at 32 bits.
pub fn ticks() -> u32 {
    !counter().read_value()
}

/// Milliseconds since start, from a counter that wraps.
pub(crate) struct Clock(Mutex<Cell<Reading>>);

#[derive(Clone, Copy)]
struct Reading {
    millis: u64,
    /// The counter at exactly `millis`.
    ticks: u32,
}

impl Clock {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Cell::new(Reading { millis: 0, ticks: 0 })))
    }

    pub(crate) fn now(&self) -> Instant {
        critical_section::with(|token| {
            let reading = self.0.borrow(token);
            let Reading { millis, ticks: counted } = reading.get();
            let passed = ticks().wrapping_sub(counted) / TICKS_PER_MILLISECOND;
            let millis = millis + u64::from(passed);
            reading.set(Reading { millis, ticks: counted.wrapping_add(passed * TICKS_PER_MILLISECOND) });
            Instant::from_millis(millis)
        })
    }
}

/// Interrupts once after so many milliseconds, or after what SysTick reaches when that is earlier.
pub(crate) fn set_alarm(alarm: &mut SYST, millis: u32) {
    alarm.set_reload(millis.saturating_mul(TICKS_PER_MILLISECOND).clamp(1, LONGEST_ALARM));
    alarm.clear_current();
    alarm.enable_counter();
}

/// Time spent asleep since the start or the last [`Meter::reset`]: what is left of the time that passed was work.
pub(crate) struct Meter(Mutex<Cell<Spent>>);

/// What the processor did with its time, in ticks of [`TICKS_PER_SECOND`].
///
/// Under QEMU's `-icount shift=N` an instruction takes 2^N ns and a tick 40 ns, so the instructions executed are
/// `busy * 40 / 2^N`.
#[derive(Clone, Copy, Default)]
pub struct Spent {
    /// Awake.
    pub busy: u64,
    /// In WFI.
    pub asleep: u64,
    /// How often it woke.
    pub wakeups: u32,
    /// The longest pass of `Context::service`, sleep not counted. Counted with TLS, where handshakes make passes long.
    pub longest_pass: u32,
    /// The counter when `busy` and `asleep` were last brought up to date.
    since: u32,
    /// The counter when the pass began.
    pass_since: u32,
}

impl Meter {
    pub(crate) const fn new() -> Self {
        let nothing = Spent { busy: 0, asleep: 0, wakeups: 0, longest_pass: 0, since: 0, pass_since: 0 };
        Self(Mutex::new(Cell::new(nothing)))
    }

    /// A pass is over, and another begins, here or after sleep.
    #[cfg(feature = "tls12")]
    pub(crate) fn pass(&self) {
        critical_section::with(|token| {
            let mut spent = self.0.borrow(token).get();
            let now = ticks();
            spent.longest_pass = spent.longest_pass.max(now.wrapping_sub(spent.pass_since));
            spent.pass_since = now;
            self.0.borrow(token).set(spent);
        });
    }

    /// Sleeps in `sleep` and accounts for it.
    pub(crate) fn asleep(&self, token: CriticalSection<'_>, sleep: impl FnOnce()) {
        let mut spent = self.0.borrow(token).get();
        let from = ticks();
        sleep();
        let until = ticks();
        spent.busy += u64::from(from.wrapping_sub(spent.since));
        spent.asleep += u64::from(until.wrapping_sub(from));
        spent.wakeups = spent.wakeups.wrapping_add(1);
        spent.since = until;
        spent.pass_since = until;
        self.0.borrow(token).set(spent);
    }

    /// The account so far.
    pub(crate) fn read(&self) -> Spent {
        critical_section::with(|token| {
            let mut spent = self.0.borrow(token).get();
            spent.busy += u64::from(ticks().wrapping_sub(spent.since));
            spent
        })
    }

    /// Starts a new account.
    pub(crate) fn reset(&self) {
        critical_section::with(|token| {
            let now = ticks();
            self.0.borrow(token).set(Spent { since: now, pass_since: now, ..Spent::default() });
        });
    }
}
