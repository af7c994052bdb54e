//! Addresses of networks: CIDR arithmetic for IPv4 and IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use num_bigint::BigInt;

use super::arguments::{Arguments, Failure, fail, refuse};
use super::{Function, Takes, parameter};
use crate::value::Value;

const PREFIX: super::Parameter = parameter("prefix", Takes::Text);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "cidrhost",
        &[PREFIX, parameter("number", Takes::Number)],
        "Returns an address of a network by its number.",
        host,
    ),
    Function::pure(
        "cidrnetmask",
        &[PREFIX],
        "Returns the mask of an IPv4 network.",
        netmask,
    ),
    Function::pure(
        "cidrsubnet",
        &[
            PREFIX,
            parameter("bits", Takes::Whole),
            parameter("number", Takes::Number),
        ],
        "Returns a part of a network by its number.",
        subnet,
    ),
    Function::pure(
        "cidrsubnets",
        &[PREFIX],
        "Returns consecutive parts of a network.",
        subnets,
    )
    .rest(parameter("bits", Takes::Whole)),
];

/// A network: its address as a number, how many bits it has, how many are fixed.
#[derive(Clone, Copy)]
struct Network {
    address: u128,
    width: u32,
    fixed: u32,
}

impl Network {
    fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = |reason: &str| refuse(0, format!("{text:?} is not a network: {reason}"));
        let (address, fixed) = text
            .split_once('/')
            .ok_or_else(|| wrong("there is no `/`"))?;
        let address: IpAddr = address
            .parse()
            .map_err(|_| wrong("the address is not valid"))?;
        let (address, width) = match address {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        let fixed: u32 = fixed
            .parse()
            .ok()
            .filter(|fixed| *fixed <= width)
            .ok_or_else(|| wrong(&format!("the length is not between 0 and {width}")))?;
        Ok(Self {
            address: address & mask(width, fixed),
            width,
            fixed,
        })
    }

    fn address(self) -> String {
        match self.width {
            32 => Ipv4Addr::from(u32::try_from(self.address).unwrap_or(0)).to_string(),
            _ => Ipv6Addr::from(self.address).to_string(),
        }
    }

    fn text(self) -> String {
        format!("{}/{}", self.address(), self.fixed)
    }

    /// Returns the network of `bits` more fixed bits with this number.
    fn subnet(self, bits: i64, number: &BigInt, argument: usize) -> Result<Self, Failure> {
        let bits = u32::try_from(bits).map_err(|_| refuse(argument, "this is below zero"))?;
        let free = self.width - self.fixed;
        if bits > free {
            return Err(refuse(
                argument,
                format!("the network has only {free} free bits"),
            ));
        }
        let most = BigInt::from(1) << bits;
        if *number < BigInt::ZERO || *number >= most {
            return Err(refuse(
                2,
                format!("{bits} more bits hold only numbers below {most}"),
            ));
        }
        let number = u128::try_from(number).unwrap_or(0);
        let shift = free - bits;
        let address = self.address | number.checked_shl(shift).unwrap_or(0);
        Ok(Self {
            address,
            fixed: self.fixed + bits,
            ..self
        })
    }
}

/// Returns a mask with the upper `fixed` of `width` bits set.
fn mask(width: u32, fixed: u32) -> u128 {
    let all = u128::MAX.checked_shr(128 - width).unwrap_or(0);
    let low = u128::MAX.checked_shl(width - fixed).unwrap_or(0);
    all & low
}

fn whole(arguments: &Arguments, at: usize) -> Result<BigInt, Failure> {
    arguments
        .number(at)
        .as_integer()
        .ok_or_else(|| refuse(at, "a whole number is needed"))
}

fn host(arguments: &Arguments) -> Result<Value, Failure> {
    let network = Network::parse(arguments.text(0))?;
    let number = whole(arguments, 1)?;
    let free = network.width - network.fixed;
    let most = BigInt::from(1) << free;
    let place = if number < BigInt::ZERO {
        &most + &number
    } else {
        number.clone()
    };
    if place < BigInt::ZERO || place >= most {
        return Err(refuse(1, format!("the network has only {most} addresses")));
    }
    let address = network.address | u128::try_from(place).unwrap_or(0);
    Ok(Network { address, ..network }.address().into())
}

fn netmask(arguments: &Arguments) -> Result<Value, Failure> {
    let network = Network::parse(arguments.text(0))?;
    if network.width != 32 {
        return Err(refuse(0, "only IPv4 networks have a mask"));
    }
    Ok(Network {
        address: mask(32, network.fixed),
        ..network
    }
    .address()
    .into())
}

fn subnet(arguments: &Arguments) -> Result<Value, Failure> {
    let network = Network::parse(arguments.text(0))?;
    Ok(network
        .subnet(arguments.whole(1), &whole(arguments, 2)?, 1)?
        .text()
        .into())
}

fn subnets(arguments: &Arguments) -> Result<Value, Failure> {
    let network = Network::parse(arguments.text(0))?;
    let free = network.width - network.fixed;
    let mut parts = Vec::new();
    let mut next = BigInt::ZERO;
    for at in 1..arguments.all().len() {
        let bits = arguments.whole(at);
        let length = u32::try_from(bits)
            .ok()
            .filter(|bits| (1..=free).contains(bits));
        let length =
            length.ok_or_else(|| refuse(at, format!("this is not between 1 and {free}")))?;
        let size = BigInt::from(1) << (free - length);
        // The next place where a network of this size may begin.
        let number: BigInt = (&next + &size - 1) / &size;
        if (&number + 1) * &size > BigInt::from(1) << free {
            return Err(fail("the network has no room for all parts"));
        }
        parts.push(network.subnet(bits, &number, at)?.text());
        next = (number + 1) * size;
    }
    Ok(Value::texts(parts))
}
