//! lwIP's `tcpecho_raw`: what comes to port 7 goes back.

#![no_std]
#![no_main]

unsafe extern "C" {
    fn tcpecho_raw_init();
}

#[cortex_m_rt::entry]
fn main() -> ! {
    board::baseline::run(|| {
        // SAFETY: `run` calls this in lwIP's core context, once.
        unsafe { tcpecho_raw_init() }
    })
}
