//! The chat room of `examples/chat` among other tasks: one of them tells the room every second how long it is open.

#![no_std]
#![no_main]

extern crate alloc;

#[path = "../../../chat/app.rs"]
mod app;

use alloc::boxed::Box;
use alloc::format;

use embassy_executor::Executor;
use embassy_time::{Duration, Ticker};
use wm_websockets::server::{Context, Handle, Limits, OwnedMessage, SlowPolicy};

#[embassy_executor::task]
async fn serve(context: Context) -> ! {
    board::executor::serve(context).await
}

/// Knows nothing of sockets: it has a handle.
#[embassy_executor::task]
async fn tell_the_time(room: Handle) {
    let mut seconds = Ticker::every(Duration::from_secs(1));
    for second in 1_u32.. {
        seconds.next().await;
        // Without memory, or with a full mailbox, this second is left out.
        let said = OwnedMessage::text(&format!("open for {second} s"))
            .and_then(|text| room.broadcast(app::PATTERN, text, SlowPolicy::Drop));
        if let Err(error) = said {
            log::warn!("nobody hears the time: {error}");
        }
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let context = board::listen(Limits::DEFAULT, app::routes);
    let room = context.handle();
    let executor = Box::leak(Box::new(Executor::new()));
    executor.run(|spawner| {
        spawner.spawn(board::started(serve(context)));
        spawner.spawn(board::started(tell_the_time(room)));
    })
}
