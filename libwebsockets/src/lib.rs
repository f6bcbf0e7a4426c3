//! `libwebsockets.a`: the C API of `wm-websockets`, for this machine or for a firmware whose `main` is C.
//!
//! `cargo xtask staticlib` builds it, keeps the names in it to itself, and puts the header and the files for pkg-config and CMake
//! beside it.

#![no_std]

// Its functions are what C calls; nothing of it is named here.
extern crate wm_websockets;

/// A bug of this library, for input cannot cause a panic: says where it is, and stops.
#[cfg(target_os = "none")]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(not(feature = "quiet"))]
    {
        // What the message says would cost more flash than the place does, which says the same.
        let place = info.location().map_or(("", 0), |place| (place.file(), place.line()));
        let line = format_args!("panic at {}:{}", place.0, place.1);
        log::logger().log(&log::Record::builder().level(log::Level::Error).args(line).build());
    }
    #[cfg(feature = "quiet")]
    let _ = info;
    loop {
        core::hint::spin_loop();
    }
}
