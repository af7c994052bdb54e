//! A proxy between the tool and a server that cuts an apply off at a message of its choice.
//!
//! It counts what the tool sends from the moment on at which an apply writes down that it begins: every statement or
//! group of statements, every entry of the journal.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// What an apply writes first.
const BEGINS: &[u8] = b"insert into estate.version";

/// When, with respect to the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// The server never gets it.
    Before,
    /// The server gets it, and nobody waits for what it answers.
    Inside,
    /// The server has answered, and the tool never hears it.
    After,
}

/// Where an apply is cut off: at the message of a number, from one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) at: usize,
    pub(super) when: When,
}

#[derive(Default)]
struct Shared {
    has_begun: AtomicBool,
    count: AtomicUsize,
    cut: Mutex<Option<Cut>>,
    /// Set once it is cut: nothing passes any more.
    is_cut: AtomicBool,
    streams: Mutex<Vec<TcpStream>>,
    sockets: Mutex<Vec<UnixStream>>,
}

/// A running proxy.
pub(super) struct Proxy {
    pub(super) port: u16,
    shared: Arc<Shared>,
    hits: mpsc::Receiver<()>,
}

impl Proxy {
    /// Starts one to a server's socket.
    ///
    /// # Errors
    /// Why it cannot.
    pub(super) fn start(socket: PathBuf) -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let port = listener
            .local_addr()
            .map_err(|error| error.to_string())?
            .port();
        let shared = Arc::new(Shared::default());
        let (hit, hits) = mpsc::channel();
        let all = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (shared, socket, hit) = (Arc::clone(&all), socket.clone(), hit.clone());
                std::thread::spawn(move || {
                    // A connection that ends early is what this is all about.
                    let _ = serve(client, &socket, &shared, &hit);
                });
            }
        });
        Ok(Self { port, shared, hits })
    }

    /// Says where the next apply is cut off, if anywhere.
    pub(super) fn arm(&self, cut: Option<Cut>) {
        self.end_all();
        while self.hits.try_recv().is_ok() {}
        *lock(&self.shared.cut) = cut;
        self.shared.count.store(0, Ordering::SeqCst);
        self.shared.has_begun.store(false, Ordering::SeqCst);
        self.shared.is_cut.store(false, Ordering::SeqCst);
    }

    /// Returns how many messages there were since.
    pub(super) fn count(&self) -> usize {
        self.shared.count.load(Ordering::SeqCst)
    }

    /// Waits a little for the moment of the cut. Reports whether it has come.
    pub(super) fn is_hit(&self, patience: Duration) -> bool {
        self.hits.recv_timeout(patience).is_ok()
    }

    /// Ends all connections.
    pub(super) fn end_all(&self) {
        for stream in lock(&self.shared.streams).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        for stream in lock(&self.shared.sockets).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(
    mut client: TcpStream,
    socket: &PathBuf,
    shared: &Arc<Shared>,
    hit: &mpsc::Sender<()>,
) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut server = UnixStream::connect(socket)?;
    lock(&shared.streams).push(client.try_clone()?);
    lock(&shared.sockets).push(server.try_clone()?);
    // Set while the answer to the message of the cut is awaited.
    let awaits = Arc::new(AtomicBool::new(false));
    let back = {
        let (mut client, mut server) = (client.try_clone()?, server.try_clone()?);
        let (awaits, shared, hit) = (Arc::clone(&awaits), Arc::clone(shared), hit.clone());
        move || -> std::io::Result<()> {
            loop {
                let message = typed(&mut server)?;
                let is_cut = shared.is_cut.load(Ordering::SeqCst);
                if awaits.load(Ordering::SeqCst) {
                    if message[0] == b'Z' {
                        let _ = hit.send(());
                        return Ok(());
                    }
                } else if !is_cut {
                    client.write_all(&message)?;
                }
            }
        }
    };
    std::thread::spawn(back);
    // The first message has no type.
    let mut length = [0; 4];
    client.read_exact(&mut length)?;
    let mut rest = vec![0; rest_of(length)];
    client.read_exact(&mut rest)?;
    server.write_all(&[&length[..], &rest].concat())?;
    loop {
        let message = typed(&mut client)?;
        if shared.is_cut.load(Ordering::SeqCst) && !awaits.load(Ordering::SeqCst) {
            return Ok(());
        }
        let is_statement = matches!(message[0], b'Q' | b'P');
        if is_statement && contains(&message, BEGINS) {
            shared.has_begun.store(true, Ordering::SeqCst);
        }
        if !is_statement || !shared.has_begun.load(Ordering::SeqCst) {
            server.write_all(&message)?;
            continue;
        }
        let number = shared.count.fetch_add(1, Ordering::SeqCst) + 1;
        match *lock(&shared.cut) {
            Some(cut) if cut.at == number => {
                shared.is_cut.store(true, Ordering::SeqCst);
                match cut.when {
                    When::Before => {
                        let _ = hit.send(());
                        return Ok(());
                    }
                    When::Inside => {
                        server.write_all(&message)?;
                        let _ = hit.send(());
                        return Ok(());
                    }
                    When::After => {
                        awaits.store(true, Ordering::SeqCst);
                        server.write_all(&message)?;
                    }
                }
            }
            _ => server.write_all(&message)?,
        }
    }
}

fn rest_of(length: [u8; 4]) -> usize {
    (u32::from_be_bytes(length) as usize).saturating_sub(4)
}

/// Reads a message with its type and length.
fn typed(from: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut head = [0; 5];
    from.read_exact(&mut head)?;
    let mut message = head.to_vec();
    let rest = rest_of([head[1], head[2], head[3], head[4]]);
    message.resize(5 + rest, 0);
    from.read_exact(&mut message[5..])?;
    Ok(message)
}

fn contains(message: &[u8], wanted: &[u8]) -> bool {
    message.windows(wanted.len()).any(|window| window == wanted)
}
