//! lwIP's `httpd`: one page of 13 bytes on port 80.

#![no_std]
#![no_main]

unsafe extern "C" {
    fn httpd_init();
}

#[cortex_m_rt::entry]
fn main() -> ! {
    board::baseline::run(|| {
        // SAFETY: `run` calls this in lwIP's core context, once.
        unsafe { httpd_init() }
    })
}
