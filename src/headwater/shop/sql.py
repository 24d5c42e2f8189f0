"""Every statement of the shop's own file; one function each."""

import sqlite3
from collections.abc import Mapping
from typing import Any

SCHEMA = """
create table if not exists users (
  id text primary key, email text not null unique, name text not null, password blob, salt blob
);
create table if not exists ways (
  provider text not null, subject text not null, user_id text not null,
  primary key (provider, subject)
);
create table if not exists sessions (
  token text primary key, user_id text not null, bearer text not null unique, until integer not null
);
create table if not exists departures (
  nonce text primary key, state text not null, user_id text, until integer not null
);
create table if not exists letters (
  number integer primary key, recipient text not null, link text not null, used integer not null
);
create table if not exists orders (
  id text primary key, user_id text not null, tier text not null, cycle text not null,
  amount integer not null, attribution text not null, payment text, reported integer not null
);
create table if not exists payments (
  id text primary key, asked_as text not null unique, amount integer not null,
  currency text not null, metadata text not null, reference text, success_url text not null,
  cancel_url text not null, webhook text not null, paid integer not null
);
"""

Row = sqlite3.Row


def user(db: sqlite3.Connection, user_id: str) -> Row | None:
    return _one(db, "select * from users where id = :id", id=user_id)


def user_by_email(db: sqlite3.Connection, email: str) -> Row | None:
    return _one(db, "select * from users where email = :email", email=email)


def user_by_way(db: sqlite3.Connection, provider: str, subject: str) -> Row | None:
    return _one(
        db,
        "select users.* from users join ways on ways.user_id = users.id"
        " where provider = :provider and subject = :subject",
        provider=provider,
        subject=subject,
    )


def insert_user(db: sqlite3.Connection, /, **values: Any) -> bool:
    """False where the address has an account already."""
    done = db.execute(
        "insert into users (id, email, name, password, salt)"
        " values (:id, :email, :name, :password, :salt) on conflict do nothing",
        values,
    )
    return done.rowcount == 1


def insert_way(db: sqlite3.Connection, /, **values: Any) -> None:
    db.execute(
        "insert into ways (provider, subject, user_id) values (:provider, :subject, :user_id)"
        " on conflict do nothing",
        values,
    )


def insert_session(db: sqlite3.Connection, /, **values: Any) -> None:
    db.execute(
        "insert into sessions (token, user_id, bearer, until)"
        " values (:token, :user_id, :bearer, :until)",
        values,
    )


def session(db: sqlite3.Connection, token: str, now_s: int) -> Row | None:
    return _one(
        db, "select * from sessions where token = :token and until > :now", token=token, now=now_s
    )


def session_by_bearer(db: sqlite3.Connection, bearer: str, now_s: int) -> Row | None:
    return _one(
        db,
        "select * from sessions where bearer = :bearer and until > :now",
        bearer=bearer,
        now=now_s,
    )


def delete_session(db: sqlite3.Connection, token: str) -> None:
    db.execute("delete from sessions where token = :token", {"token": token})


def forget_the_past(db: sqlite3.Connection, now_s: int) -> None:
    for table in ("sessions", "departures"):
        db.execute(f"delete from {table} where until <= :now", {"now": now_s})


def insert_departure(db: sqlite3.Connection, /, **values: Any) -> None:
    db.execute(
        "insert into departures (nonce, state, user_id, until)"
        " values (:nonce, :state, :user_id, :until)",
        values,
    )


def take_departure(db: sqlite3.Connection, nonce: str, now_s: int) -> Row | None:
    """Who comes back has left once: it is gone with the asking."""
    return _one(
        db,
        "delete from departures where nonce = :nonce and until > :now returning *",
        nonce=nonce,
        now=now_s,
    )


def insert_letter(db: sqlite3.Connection, recipient: str, link: str) -> int:
    done = db.execute(
        "insert into letters (recipient, link, used) values (:recipient, :link, 0)",
        {"recipient": recipient, "link": link},
    )
    return int(done.lastrowid or 0)


def letters(db: sqlite3.Connection, recipient: str) -> list[Row]:
    return db.execute(
        "select * from letters where recipient = :recipient order by number desc limit 20",
        {"recipient": recipient},
    ).fetchall()


def use_letter(db: sqlite3.Connection, link: str) -> Row | None:
    """None where it was never written, or was used before."""
    return _one(
        db, "update letters set used = 1 where link = :link and used = 0 returning *", link=link
    )


def insert_order(db: sqlite3.Connection, values: Mapping[str, Any]) -> None:
    """The same checkout again changes nothing."""
    db.execute(
        "insert into orders (id, user_id, tier, cycle, amount, attribution, reported)"
        " values (:id, :user_id, :tier, :cycle, :amount, :attribution, 0) on conflict do nothing",
        values,
    )


def order(db: sqlite3.Connection, order_id: str) -> Row | None:
    return _one(db, "select * from orders where id = :id", id=order_id)


def orders(db: sqlite3.Connection, user_id: str) -> list[Row]:
    return db.execute(
        "select * from orders where user_id = :user_id order by rowid", {"user_id": user_id}
    ).fetchall()


def reported_orders(db: sqlite3.Connection) -> list[Row]:
    return db.execute("select * from orders where reported = 1").fetchall()


def set_paid(db: sqlite3.Connection, order_id: str, payment: str) -> None:
    db.execute(
        "update orders set payment = :payment where id = :id", {"payment": payment, "id": order_id}
    )


def set_reported(db: sqlite3.Connection, order_id: str) -> None:
    db.execute("update orders set reported = 1 where id = :id", {"id": order_id})


def insert_payment(db: sqlite3.Connection, values: Mapping[str, Any]) -> None:
    db.execute(
        "insert into payments (id, asked_as, amount, currency, metadata, reference, success_url,"
        " cancel_url, webhook, paid) values (:id, :asked_as, :amount, :currency, :metadata,"
        " :reference, :success_url, :cancel_url, :webhook, 0) on conflict do nothing",
        values,
    )


def payment(db: sqlite3.Connection, payment_id: str) -> Row | None:
    return _one(db, "select * from payments where id = :id", id=payment_id)


def payment_asked_as(db: sqlite3.Connection, asked_as: str) -> Row | None:
    return _one(db, "select * from payments where asked_as = :asked_as", asked_as=asked_as)


def pay(db: sqlite3.Connection, payment_id: str) -> bool:
    """False where it was paid before."""
    done = db.execute(
        "update payments set paid = 1 where id = :id and paid = 0", {"id": payment_id}
    )
    return done.rowcount == 1


def _one(db: sqlite3.Connection, text: str, **values: Any) -> Row | None:
    row: Row | None = db.execute(text, values).fetchone()
    return row
