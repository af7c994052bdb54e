//! A web server for what the tool posts: it keeps what it takes in a file of the page.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::script::Page;

/// Returns the variable that names one to a page whose files speak of it.
pub(crate) fn variable(page: &Page, folder: PathBuf) -> Option<(String, String)> {
    let is_wanted = page.files.iter().any(|(_, text)| text.contains("HOOK"));
    is_wanted.then(|| ("HOOK".to_owned(), start(folder)))
}

/// Starts one that keeps what it takes in a folder, and returns its address. It ends with this process.
///
/// # Panics
/// When there is no free port.
fn start(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it has an address").port();
    std::thread::spawn(move || {
        let mut was_busy = false;
        for stream in listener.incoming().flatten() {
            // Who goes away in the middle is told nothing.
            let _ = answer(stream, &folder, &mut was_busy);
        }
    });
    format!("http://127.0.0.1:{port}")
}

fn answer(stream: TcpStream, folder: &Path, was_busy: &mut bool) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(&stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let path = first.split_whitespace().nth(1).unwrap_or_default();
    let name = path.trim_start_matches('/').to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((header, value)) = line.split_once(':')
            && header.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let is_busy = name == "busy" && !std::mem::replace(was_busy, true);
    let status = match name.as_str() {
        _ if is_busy => "503 Service Unavailable",
        "ok" | "busy" => {
            let path = folder.join(format!("{name}.jsonl"));
            let mut file = OpenOptions::new().append(true).create(true).open(path)?;
            body.push(b'\n');
            file.write_all(&body)?;
            "200 OK"
        }
        _ => "404 Not Found",
    };
    let text = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    (&stream).write_all(text.as_bytes())
}
