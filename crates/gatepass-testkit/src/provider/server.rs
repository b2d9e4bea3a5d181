//! The thread that serves: accepts connections, reads requests whole, and answers them.

use super::answer::Answer;
use super::received::Received;
use super::shared::Shared;
use super::wire::Wire;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// More than this is no request of a login client.
const LARGEST_BODY: usize = 4 << 20;

#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    /// Without it the thread ends.
    orders: Option<mpsc::UnboundedSender<Order>>,
    runtime: Handle,
    thread: Option<JoinHandle<()>>,
}

/// What the thread is told, and where it says that it is done.
#[derive(Debug)]
enum Order {
    Close(Done<()>),
    Open(TcpListener, Done<io::Result<()>>),
}

type Done<T> = std::sync::mpsc::Sender<T>;

impl Server {
    pub(crate) fn start(listener: TcpListener, shared: Arc<Shared>) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let listener = {
            let _entered = runtime.enter();
            in_runtime(listener)?
        };
        let (orders, received) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new().name("gatepass-provider".into()).spawn(move || {
            runtime.block_on(accept(listener, shared, received));
            runtime.shutdown_background();
        })?;
        Ok(Self { address, orders: Some(orders), runtime: handle, thread: Some(thread) })
    }

    /// Closes the port and all connections; what is being worked on goes on.
    pub(crate) fn close(&self) {
        self.order(Order::Close);
    }

    /// Binds the same port again.
    pub(crate) fn open(&self) -> io::Result<()> {
        let listener = TcpListener::bind(self.address)?;
        self.order(|done| Order::Open(listener, done))
            .unwrap_or_else(|| Err(io::ErrorKind::NotConnected.into()))
    }

    /// Does something on the thread that serves, and waits for it.
    pub(crate) fn run(&self, work: impl Future<Output = ()> + Send + 'static) {
        let (done, answered) = std::sync::mpsc::channel();
        self.runtime.spawn(async move {
            work.await;
            let _ = done.send(());
        });
        let _: Result<(), _> = answered.recv();
    }

    fn order<T>(&self, order: impl FnOnce(Done<T>) -> Order) -> Option<T> {
        let (done, answered) = std::sync::mpsc::channel();
        self.orders.as_ref()?.send(order(done)).ok()?;
        answered.recv().ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn in_runtime(listener: TcpListener) -> io::Result<tokio::net::TcpListener> {
    listener.set_nonblocking(true)?;
    tokio::net::TcpListener::from_std(listener)
}

async fn accept(
    listener: tokio::net::TcpListener,
    shared: Arc<Shared>,
    mut orders: mpsc::UnboundedReceiver<Order>,
) {
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            order = orders.recv() => match order {
                None => return,
                Some(Order::Close(done)) => {
                    listener = None;
                    connections.shutdown().await;
                    let _ = done.send(());
                    continue;
                }
                Some(Order::Open(bound, done)) => {
                    let opened = in_runtime(bound).map(|bound| listener = Some(bound));
                    let _ = done.send(opened);
                    continue;
                }
            },
            accepted = next(listener.as_ref()) => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                connections.spawn(serve(Wire::new(stream), Arc::clone(&shared)));
            }
            // Out of file handles, most likely: without a pause this loop would be busy.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn next(listener: Option<&tokio::net::TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

async fn serve(wire: Wire, shared: Arc<Shared>) {
    let hyper_side = wire.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        // A task of its own: a request that has arrived is worked on even when its client has gone.
        let working = tokio::spawn(respond(request, wire.clone(), Arc::clone(&shared)));
        async move { working.await.map_err(|_| Cut).and_then(|answered| answered) }
    });
    let _ = http1::Builder::new().serve_connection(hyper_side, service).await;
}

async fn respond(
    request: Request<Incoming>,
    wire: Wire,
    shared: Arc<Shared>,
) -> Result<Response<Whole>, Cut> {
    let (head, mut body) = request.into_parts();
    let mut bytes = BytesMut::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        if let Ok(data) = frame.map_err(|_| Cut)?.into_data() {
            bytes.extend_from_slice(&data);
        }
        if bytes.len() > LARGEST_BODY {
            return Err(Cut);
        }
    }
    let received = Received {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(ToOwned::to_owned),
        headers: head.headers,
        body: bytes.freeze(),
    };
    let answer = shared.answer(received, &wire).await.ok_or(Cut)?;
    Ok(answer.into())
}

/// The connection ends here, without an answer from hyper.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection was cut")
    }
}

impl std::error::Error for Cut {}

/// A body that is complete.
pub(crate) struct Whole(Option<Bytes>);

impl Whole {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self(Some(bytes))
    }
}

impl From<Answer> for Response<Whole> {
    fn from(answer: Answer) -> Self {
        let mut response = Response::new(Whole::new(answer.body));
        *response.status_mut() = answer.status;
        *response.headers_mut() = *answer.headers;
        response
    }
}

impl Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().filter(|bytes| !bytes.is_empty()).map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
