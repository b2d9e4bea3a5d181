//! A way to a server that can be cut: to every connection the server is gone, and nobody can connect.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    way: Arc<Mutex<Way>>,
}

#[derive(Debug, Default)]
struct Way {
    cut: bool,
    connections: Vec<TcpStream>,
}

impl Proxy {
    /// Ends with the process; nothing is left to tidy up.
    pub(crate) fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (address, way) = (listener.local_addr()?, Arc::<Mutex<Way>>::default());
        let shared = Arc::clone(&way);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // Held, so that no connection is half made when the way is cut.
                let mut way = lock(&shared);
                if !way.cut
                    && let Ok(server) = TcpStream::connect(server)
                {
                    drop(way.join(client, server));
                }
            }
        });
        Ok(Self { address, way })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn cut(&self) {
        let mut way = lock(&self.way);
        way.cut = true;
        for connection in way.connections.drain(..) {
            drop(connection.shutdown(Shutdown::Both));
        }
    }

    pub(crate) fn mend(&self) {
        lock(&self.way).cut = false;
    }
}

impl Way {
    fn join(&mut self, client: TcpStream, server: TcpStream) -> io::Result<()> {
        for (mut from, mut to) in
            [(client.try_clone()?, server.try_clone()?), (server.try_clone()?, client.try_clone()?)]
        {
            thread::spawn(move || {
                drop(io::copy(&mut from, &mut to));
                drop(to.shutdown(Shutdown::Both));
                drop(from.shutdown(Shutdown::Both));
            });
        }
        self.connections.extend([client, server]);
        Ok(())
    }
}

fn lock(way: &Mutex<Way>) -> MutexGuard<'_, Way> {
    way.lock().unwrap_or_else(PoisonError::into_inner)
}
