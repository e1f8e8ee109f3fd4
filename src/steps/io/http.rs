//! `via = "http"`: the two clients, one that blocks its thread and one that is awaited, and the connections they keep
//! alive.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{HOST, HeaderMap};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::Trouble;
use super::server::{ANSWERED, NO_ROOM};
use crate::clock;
use crate::steps::slot::{How, Served, Slot, Waking};
use crate::time::Nanos;
use crate::trace::{Peer, Task};

/// At most so many requests are under way at once.
pub const CONNECTIONS_MAX: usize = 1_000;

/// What [`NO_ROOM`] means.
const FULL: &str = "it may not open another connection (the limit on open files, `ulimit -n`)";

/// Asks one server, over connections that are kept for the next request.
pub(super) struct Client {
    address: SocketAddr,
    places: Places,
    /// Connections of futures that nobody uses.
    idle: Mutex<Vec<SendRequest<Empty<Bytes>>>>,
    blocking: ureq::Agent,
}

impl Client {
    /// `connections`: how many the system allows.
    pub(super) fn new(address: SocketAddr, connections: usize) -> Self {
        let most = connections.clamp(1, CONNECTIONS_MAX);
        let blocking = ureq::Agent::config_builder()
            .max_idle_connections(most)
            .max_idle_connections_per_host(most)
            .no_delay(true)
            .build();
        Client { address, places: Places::new(most), idle: Mutex::default(), blocking: blocking.into() }
    }

    /// Who may ask at once. A request is to be sent by a task that has a place, which it gives back afterwards.
    pub(super) fn places(&self) -> &Places {
        &self.places
    }

    /// Holds this thread until the server answers, which it does after `wait`. Returns the tick of the answer.
    pub(super) fn ask(&self, wait: Nanos, timeout: Option<Nanos>) -> Result<u64, Trouble> {
        let request = self.blocking.get(format!("http://{}{}", self.address, path(wait)));
        // A timeout over the whole call would look the address up on a thread of its own.
        let request = request.config().timeout_recv_response(timeout.map(Nanos::to_std)).build();
        let answer = request.call().and_then(|mut response| {
            let ticks = answered(response.headers());
            // Only a connection whose answer was read to its end is kept.
            response.body_mut().read_to_vec()?;
            Ok(ticks)
        });
        answer.map_err(|error| match error {
            ureq::Error::Timeout(_) => Trouble::TimedOut,
            ureq::Error::StatusCode(status) if status == NO_ROOM => {
                Trouble::Failed(format!("asking the server: {FULL}"))
            }
            error => Trouble::Failed(format!("asking the server: {error}")),
        })
    }

    /// As [`Client::ask`], lending the thread to others meanwhile.
    pub(super) async fn ask_async(&self, wait: Nanos, timeout: Option<Nanos>) -> Result<u64, Trouble> {
        let answer = async {
            let answer = self.exchange(wait).await;
            answer.map_err(|error| Trouble::Failed(format!("asking the server: {error}")))
        };
        match timeout {
            Some(timeout) => tokio::time::timeout(timeout.to_std(), answer).await.unwrap_or(Err(Trouble::TimedOut)),
            None => answer.await,
        }
    }

    async fn exchange(&self, wait: Nanos) -> io::Result<u64> {
        let mut connection = self.connection().await?;
        let request = Request::get(path(wait)).header(HOST, self.address.to_string()).body(Empty::new());
        let request = request.map_err(io::Error::other)?;
        let response = connection.send_request(request).await.map_err(io::Error::other)?;
        if response.status() == NO_ROOM {
            return Err(io::Error::other(FULL));
        }
        let ticks = answered(response.headers());
        response.into_body().collect().await.map_err(io::Error::other)?;
        self.idle().push(connection);
        Ok(ticks)
    }

    /// A connection that is kept and still open, or else a new one.
    async fn connection(&self) -> io::Result<SendRequest<Empty<Bytes>>> {
        while let Some(mut kept) = self.take_idle() {
            if kept.ready().await.is_ok() {
                return Ok(kept);
            }
        }
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let (requests, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        // What breaks it, the request under way is told.
        tokio::spawn(async { drop(connection.await) });
        Ok(requests)
    }

    fn take_idle(&self) -> Option<SendRequest<Empty<Bytes>>> {
        self.idle().pop()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<SendRequest<Empty<Bytes>>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn path(wait: Nanos) -> String {
    format!("/wait/{}", wait.0.max(0))
}

/// The tick the server answered at; an answer that does not tell is one of this moment.
fn answered(headers: &HeaderMap) -> u64 {
    let told = headers.get(ANSWERED).and_then(|value| value.to_str().ok()?.parse().ok());
    told.unwrap_or_else(clock::ticks)
}

/// How many may be somewhere at once; the others wait in the order they came.
pub(super) struct Places(Mutex<Inside>);

struct Inside {
    free: usize,
    waiting: VecDeque<Arc<Slot>>,
}

impl Places {
    fn new(free: usize) -> Self {
        Places(Mutex::new(Inside { free, waiting: VecDeque::new() }))
    }

    /// Takes a place, or else gives back where to wait for one.
    pub(super) fn take(&self) -> Option<Arc<Slot>> {
        let mut inside = self.inside();
        if inside.free > 0 {
            inside.free -= 1;
            return None;
        }
        let slot = Arc::new(Slot::default());
        inside.waiting.push_back(Arc::clone(&slot));
        Some(slot)
    }

    /// The task hands its place to whoever waits longest.
    pub(super) fn give_back(&self, by: Task) {
        let mut inside = self.inside();
        let Some(slot) = inside.waiting.pop_front() else {
            inside.free += 1;
            return;
        };
        drop(inside);
        let served = Served { ticks: clock::ticks(), by: Peer::task(by), how: How::Granted };
        slot.fill(served).into_iter().for_each(Waking::wake);
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::cancel::Cancel;

    #[test]
    fn a_place_goes_to_whoever_waits_longest() {
        let places = Places::new(1);
        assert!(places.take().is_none(), "the first has it at once");
        let (second, third) = (places.take().unwrap(), places.take().unwrap());
        places.give_back(Task(0));
        let stopped = Cancel::default();
        stopped.cancel();
        let served = second.wait(&stopped);
        assert_eq!((served.how, served.by), (How::Granted, Peer::task(Task(0))));
        assert_eq!(third.wait(&stopped).how, How::Cancelled, "still waits");
        places.give_back(Task(1));
        places.give_back(Task(2));
        assert_eq!(third.wait(&stopped).by, Peer::task(Task(1)));
        assert!(places.take().is_none(), "the last one gave it back to nobody");
    }
}
