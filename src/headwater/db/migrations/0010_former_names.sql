-- External ids customers had before, so that erasing a person finds what was said in those names too.

create table former_names (
    customer_id text not null references customers (id),
    external_id text not null,
    workspace_id text not null,
    until $int not null,
    primary key (customer_id, external_id)
) $strict;
