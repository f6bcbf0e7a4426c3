//! Closures on their way to lwIP's thread, one at a time.
//!
//! What that takes of the heap, a semaphore and lwIP's message, is taken once: when memory is short, lwIP can be asked all the same.

use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ptr;
use core::time::Duration;

use lwip_sys::{
    ERR_OK, sys_arch_sem_wait, sys_sem_new, sys_sem_signal, sys_sem_t, tcpip_callback, tcpip_callback_msg,
    tcpip_callbackmsg_new, tcpip_callbackmsg_trycallback,
};

use super::Core;

/// How long other tasks have for freeing memory.
const PATIENCE: Duration = Duration::from_millis(5);

/// `sys_arch_sem_wait`: for as long as it takes.
const FOR_EVER: u32 = 0;

/// A closure, and its result on the way back.
pub(super) struct Call<F, R> {
    pub(super) enter: ManuallyDrop<F>,
    pub(super) result: MaybeUninit<R>,
}

/// Runs the closure in lwIP's thread.
///
/// What it has borrowed need not be `Send`, but nothing of it may ask which thread it is used in: the task that it comes from stands still in
/// `send` meanwhile, and the message and the semaphore order what both see. Closures of applications are `Send`
/// ([`with_core`](crate::net::Stack::with_core)).
///
/// # Safety
///
/// `call` is a call of these types, whose closure has not run.
pub(super) unsafe fn run<F: FnOnce(&mut Core<'_>) -> R, R>(call: *mut c_void, core: &mut Core<'_>) {
    // SAFETY: by contract.
    let call = unsafe { &mut *call.cast::<Call<F, R>>() };
    // SAFETY: by contract.
    let enter = unsafe { ManuallyDrop::take(&mut call.enter) };
    call.result.write(enter(core));
}

/// One for all closures: a firmware has forty.
type Run = unsafe fn(*mut c_void, &mut Core<'_>);

/// What is sent, and by what.
struct Post {
    /// Says that the closure has run. Made once, and never freed, as lwIP is.
    done: MaybeUninit<sys_sem_t>,
    is_prepared: bool,
    /// lwIP's message, that it keeps. Null: there was no memory for one.
    message: *mut tcpip_callback_msg,
    run: Run,
    call: *mut c_void,
}

struct Global(UnsafeCell<Post>);

// SAFETY: reached by the task that owns the stack, of which there is one; and by lwIP's thread, from when that task has sent the message to
// when it is told that the closure has run.
unsafe impl Sync for Global {}

static POST: Global = Global(UnsafeCell::new(Post {
    done: MaybeUninit::uninit(),
    is_prepared: false,
    message: ptr::null_mut(),
    run: nothing,
    call: ptr::null_mut(),
}));

unsafe fn nothing(_call: *mut c_void, _core: &mut Core<'_>) {}

/// Takes the memory, if it is there. Says whether closures can be sent.
///
/// # Safety
///
/// lwIP is initialised; by the task that owns the stack, or is about to.
pub(super) unsafe fn prepare() -> bool {
    // SAFETY: nothing is under way, so this task alone reaches it.
    let post = unsafe { &mut *POST.0.get() };
    if !post.is_prepared {
        // SAFETY: room for a semaphore, which stays where it is.
        post.is_prepared = unsafe { sys_sem_new(post.done.as_mut_ptr(), 0) } == ERR_OK;
    }
    if post.message.is_null() {
        // SAFETY: lwIP is initialised.
        post.message = unsafe { tcpip_callbackmsg_new(Some(open), ptr::null_mut()) };
    }
    post.is_prepared
}

/// Has lwIP's thread do `run(call)`, once, and waits until that is done.
///
/// # Safety
///
/// As for [`with`](super::with) and [`run`].
#[inline(never)]
pub(super) unsafe fn send(run: Run, call: *mut c_void) {
    let mut has_waited = false;
    // SAFETY: lwIP is initialised, because there is a stack, whose owner calls. `call` outlives its way, the end of which is waited for.
    while !unsafe { try_send(run, call) } {
        has_waited = true;
        wm_sys::wait(PATIENCE);
    }
    if has_waited {
        // A wake during the wait was perhaps for the next one.
        wm_sys::wake();
    }
}

/// The same; false: there is no memory for the semaphore yet, or lwIP's mailbox is full and its own message not to be had, and `run` has not
/// been called.
///
/// # Safety
///
/// As for `send`.
unsafe fn try_send(run: Run, call: *mut c_void) -> bool {
    let post = POST.0.get();
    // SAFETY: by contract. Nothing is under way.
    let (message, done) = unsafe {
        if !(*post).is_prepared && !prepare() {
            return false;
        }
        (*post).run = run;
        (*post).call = call;
        ((*post).message, (*post).done.as_mut_ptr())
    };
    // SAFETY: the message is lwIP's, and not under way. `tcpip_callback` waits for room in the mailbox, with a message of its own.
    let is_sent = unsafe {
        (!message.is_null() && tcpip_callbackmsg_trycallback(message) == ERR_OK)
            || tcpip_callback(Some(open), ptr::null_mut()) == ERR_OK
    };
    if is_sent {
        // SAFETY: the semaphore was made, and is signalled once, by `open`.
        unsafe { sys_arch_sem_wait(done, FOR_EVER) };
    }
    is_sent
}

/// Called in lwIP's thread.
unsafe extern "C" fn open(_context: *mut c_void) {
    let post = POST.0.get();
    // SAFETY: the task that has sent this waits for the semaphore, and touches nothing meanwhile. lwIP's thread is the core context, and runs
    // none of our callbacks now.
    unsafe {
        let (run, call) = ((*post).run, (*post).call);
        run(call, &mut Core::enter());
        sys_sem_signal((*post).done.as_mut_ptr());
    }
}
