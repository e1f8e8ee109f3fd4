//! The server that `via = "http"` asks: answers `/wait/<nanoseconds>` when that time has passed, on a free loopback
//! port, on a thread of its own that is no part of the run.
//!
//! It says in a header at which tick it answered, which is when the asker's IO was over: both are one process with one
//! clock. Its CPU time is kept apart. It ends, and closes every connection, when it is stopped or the run is.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;

use crate::clock;
use crate::host;
use crate::steps::cancel::Cancel;
use crate::time::Nanos;

/// The header that tells when the server answered, in ticks of the clock.
pub(super) const ANSWERED: &str = "tasklane-answered";
/// Connections that may wait to be accepted; the system caps it at its own limit.
const BACKLOG: u32 = 4_096;
/// What the server answers when there is no descriptor for the asker's connection.
pub(super) const NO_ROOM: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
/// After a refused `accept` (no descriptors) the server lets others close theirs.
const BREATH: Duration = Duration::from_millis(5);
/// So long it waits for the question of somebody whom it will not answer.
const REFUSING_MAX: Duration = Duration::from_millis(100);

pub(super) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    stop: Notify,
    /// CPU time of the server's thread since it was up, in nanoseconds.
    cpu: AtomicI64,
}

impl Server {
    /// Returns when it can be asked.
    ///
    /// # Errors
    /// When there is no thread, no port or no descriptor for it.
    pub(super) fn start(cancel: &Arc<Cancel>) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (sender, up) = mpsc::channel();
        let thread = {
            let (shared, cancel) = (Arc::clone(&shared), Arc::clone(cancel));
            thread::Builder::new().name("tasklane-server".into()).spawn(move || serve(&shared, &cancel, &sender))?
        };
        let address = up.recv().map_err(|_| io::Error::other("its thread broke off"))??;
        Ok(Server { address, shared, thread: Mutex::new(Some(thread)) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it and closes its connections. Returns the CPU time it took; `None` if it was stopped before.
    pub(super) fn stop(&self) -> Option<Nanos> {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        self.shared.stop.notify_one();
        drop(thread.join());
        let cpu = Nanos(self.shared.cpu.load(Ordering::Acquire));
        // One that served nobody has computed, too: nothing means that nobody knows.
        (cpu > Nanos::ZERO).then_some(cpu)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(shared: &Shared, cancel: &Cancel, up: &mpsc::Sender<io::Result<SocketAddr>>) {
    // Whoever starts a run may be pinned to the run's cores.
    host::restrict_this_thread(host::allowed_cpus());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    // Nobody listens any more only if the starter is gone.
    let say = |address| drop(up.send(address));
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return say(Err(error)),
    };
    let mut begin = clock::thread_cpu();
    runtime.block_on(async {
        match listen() {
            Ok((listener, address)) => {
                begin = clock::thread_cpu();
                say(Ok(address));
                tokio::select! {
                    () = accept(&listener) => {}
                    () = shared.stop.notified() => {}
                    () = cancel.cancelled() => {}
                }
            }
            Err(error) => say(Err(error)),
        }
    });
    // With the runtime go its tasks, and with them their connections.
    drop(runtime);
    if let Some((begin, end)) = begin.zip(clock::thread_cpu()) {
        shared.cpu.store((end - begin).0, Ordering::Release);
    }
}

fn listen() -> io::Result<(TcpListener, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Lets everybody in. A descriptor is kept in reserve: when it is the last one, it serves to let in those who wait and
/// tell them that there is no room. Returns when even that is lost; then nobody waits for a server that cannot hear.
async fn accept(listener: &TcpListener) {
    let mut reserve = TcpSocket::new_v4().ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                reserve = reserve.or_else(|| TcpSocket::new_v4().ok());
                if reserve.is_some() {
                    drop(tokio::spawn(converse(stream)));
                } else {
                    refuse(stream).await;
                    reserve = TcpSocket::new_v4().ok();
                }
            }
            Err(_) if reserve.is_some() => {
                tokio::time::sleep(BREATH).await;
                reserve = None;
            }
            Err(_) => return,
        }
    }
}

async fn refuse(stream: TcpStream) {
    let no_room = service_fn(|_| async {
        let mut response = Response::new(Empty::<Bytes>::new());
        *response.status_mut() = NO_ROOM;
        Ok::<_, Infallible>(response)
    });
    let refusal = http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), no_room);
    // Whoever asks too late finds the connection closed, which is a reason, too.
    drop(tokio::time::timeout(REFUSING_MAX, refusal).await);
}

async fn converse(stream: TcpStream) {
    // Without it, an answer could wait for the acknowledgment of the one before.
    let prompt = stream.set_nodelay(true);
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
    if prompt.is_ok() {
        // A connection that breaks off is the asker's business: it knows the reason.
        drop(connection.await);
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let mut response = Response::new(Empty::new());
    match request.uri().path().strip_prefix("/wait/").and_then(|nanos| nanos.parse().ok()) {
        Some(nanos) => tokio::time::sleep(Duration::from_nanos(nanos)).await,
        None => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    response.headers_mut().insert(ANSWERED, HeaderValue::from(clock::ticks()));
    Ok(response)
}
