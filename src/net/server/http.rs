//! Connections: how many, and how long.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::TcpListener;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::House;
use super::route::answer;

/// Time in which requests that are under way may end when the server stops.
const FAREWELL: Duration = Duration::from_secs(5);
/// Pause after a connection that could not be taken, e.g. for want of file descriptors.
const BREATH: Duration = Duration::from_millis(50);

/// Serves until `stopped`.
pub async fn serve(listener: TcpListener, house: Arc<House>, stopped: oneshot::Receiver<()>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let room = Arc::new(Semaphore::new(house.bounds.connections));
    let (end, ended) = watch::channel(());
    let mut stopped = pin!(stopped);
    loop {
        // Who finds no room waits outside.
        let next = pin!(async {
            let place = room.clone().acquire_owned().await;
            (listener.accept().await, place)
        });
        let Some((accepted, place)) = first(stopped.as_mut(), next).await else { break };
        match (accepted, place) {
            (Ok((stream, _)), Ok(place)) => {
                tokio::spawn(connection(stream, place, house.clone(), ended.clone()));
            }
            _ => tokio::time::sleep(BREATH).await,
        }
    }
    drop((listener, ended));
    let _ = end.send(());
    let _ = tokio::time::timeout(FAREWELL, end.closed()).await;
}

/// What `next` yields, or nothing once somebody has said or dropped `stopped`.
async fn first<T>(
    mut stopped: Pin<&mut oneshot::Receiver<()>>,
    mut next: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    poll_fn(|context| match stopped.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(None),
        Poll::Pending => next.as_mut().poll(context).map(Some),
    })
    .await
}

async fn connection(
    stream: TcpStream,
    place: OwnedSemaphorePermit,
    house: Arc<House>,
    mut ended: watch::Receiver<()>,
) {
    // Small answers are sent at once.
    let _ = stream.set_nodelay(true);
    let reading = house.bounds.reading;
    let service = service_fn(move |request| {
        let house = house.clone();
        async move { Ok::<_, Infallible>(answer(&house, request).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(reading).max_buf_size(1 << 16);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // The receiver stays until the last answer is out: the server waits for it.
    let mut over = pin!(ended.changed());
    let mut closing = false;
    poll_fn(|context| {
        if !closing && over.as_mut().poll(context).is_ready() {
            closing = true;
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(context).map(drop)
    })
    .await;
    drop(place);
}
