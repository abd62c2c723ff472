-- PostgreSQL database dump
SET search_path = core;
CREATE SCHEMA core;
CREATE SCHEMA shop;
CREATE TABLE core.countries (
    code character(3) NOT NULL PRIMARY KEY,
    name varchar(80) NOT NULL,
    continent character varying(40) NOT NULL CHECK (continent IN ('Africa','America','Asia','Europe','Oceania'))
);
CREATE TABLE core.currencies (
    code character(3) NOT NULL,
    title character varying(40) NOT NULL,
    rate double precision,
    CONSTRAINT pk_currencies PRIMARY KEY (code)
);
CREATE TABLE core.regions (
    region_id bigint NOT NULL,
    country character(3) NOT NULL REFERENCES core.countries,
    label character varying(40) NOT NULL
);
CREATE TABLE core.cities (
    city_id bigserial PRIMARY KEY,
    region_id bigint NOT NULL,
    name varchar(80) NOT NULL,
    lat double precision,
    lon double precision,
    people integer CHECK (people >= 0),
    FOREIGN KEY (region_id) REFERENCES core.regions (region_id)
);
CREATE TABLE core.addresses (
    address_id bigserial PRIMARY KEY,
    city_id bigint NOT NULL,
    street varchar(80) NOT NULL,
    post_code character varying(40)
);
CREATE TABLE core.people (
    person_id bigserial PRIMARY KEY,
    first_name character varying(40) NOT NULL,
    last_name character varying(40) NOT NULL,
    email varchar(80) NOT NULL UNIQUE,
    born DATE,
    boss bigint,
    home bigint,
    CONSTRAINT fk_boss FOREIGN KEY (boss) REFERENCES core.people (person_id),
    FOREIGN KEY (home) REFERENCES core.addresses
);
CREATE TABLE core.departments (
    dept_no integer NOT NULL PRIMARY KEY,
    title character varying(40) NOT NULL UNIQUE,
    head bigint
);
CREATE TABLE core.employees (
    person_id bigint NOT NULL PRIMARY KEY REFERENCES core.people (person_id),
    dept_no integer NOT NULL,
    hired DATE NOT NULL,
    left_on DATE,
    salary numeric(10,2) NOT NULL,
    CHECK (left_on >= hired),
    CHECK (salary BETWEEN 1000 AND 9000)
);
CREATE TABLE core.skills (
    skill_id integer NOT NULL PRIMARY KEY,
    word character varying(40) NOT NULL UNIQUE
);
CREATE TABLE core.employee_skills (
    person_id bigint NOT NULL REFERENCES core.employees,
    skill_id integer NOT NULL REFERENCES core.skills,
    grade integer NOT NULL CHECK (grade >= 1 AND grade <= 5)
);
CREATE TABLE shop.suppliers (
    supplier_id bigserial PRIMARY KEY,
    company varchar(80) NOT NULL,
    country character(3) REFERENCES core.countries (code),
    website varchar(200)
);
CREATE TABLE shop.categories (
    category_id integer NOT NULL PRIMARY KEY,
    parent integer REFERENCES shop.categories (category_id),
    title character varying(40) NOT NULL
);
CREATE TABLE shop.products (
    product_id bigserial PRIMARY KEY,
    sku character varying(40) NOT NULL,
    category_id integer NOT NULL REFERENCES shop.categories (category_id),
    title varchar(80) NOT NULL,
    price numeric(10,2) NOT NULL CHECK (price > 0),
    weight double precision,
    active bool NOT NULL,
    CONSTRAINT uq_sku UNIQUE (sku),
    CHECK (sku LIKE 'SK%')
);
CREATE TABLE shop.product_suppliers (
    product_id bigint NOT NULL,
    supplier_id bigint NOT NULL,
    cost numeric(10,2) NOT NULL,
    FOREIGN KEY (product_id) REFERENCES shop.products (product_id),
    FOREIGN KEY (supplier_id) REFERENCES shop.suppliers (supplier_id)
);
CREATE TABLE shop.prices (
    product_id bigint NOT NULL,
    valid_from DATE NOT NULL,
    currency character(3) NOT NULL,
    amount numeric(10,2) NOT NULL,
    CONSTRAINT pk_prices PRIMARY KEY (product_id, valid_from),
    FOREIGN KEY (product_id) REFERENCES shop.products
);
CREATE TABLE shop.warehouses (
    warehouse_id integer NOT NULL PRIMARY KEY,
    address_id bigint UNIQUE,
    label character varying(40) NOT NULL,
    FOREIGN KEY (address_id) REFERENCES core.addresses (address_id)
);
CREATE TABLE shop.stock (
    warehouse_id integer NOT NULL,
    product_id bigint NOT NULL,
    quantity integer NOT NULL CHECK (quantity >= 0),
    counted_at timestamp without time zone,
    FOREIGN KEY (warehouse_id) REFERENCES shop.warehouses,
    FOREIGN KEY (product_id) REFERENCES shop.products
);
CREATE TABLE shop.customers (
    customer_id bigserial PRIMARY KEY,
    person_email varchar(80) NOT NULL,
    tier character varying(40) CHECK (tier IN ('gold','silver','basic')),
    since DATE NOT NULL,
    FOREIGN KEY (person_email) REFERENCES core.people (email)
);
CREATE TABLE shop."Order" (
    order_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    ordered_at timestamp without time zone NOT NULL,
    paid_at timestamp without time zone,
    status character varying(40) NOT NULL,
    total numeric(10,2),
    CONSTRAINT "PK Order" PRIMARY KEY (order_id),
    CHECK (paid_at >= ordered_at),
    CHECK (total IS NULL OR total >= 0)
);
CREATE TABLE shop."Order Details" (
    order_id bigint NOT NULL,
    line_no integer NOT NULL,
    product_id bigint NOT NULL,
    "Unit Price" numeric(10,2) NOT NULL,
    quantity integer NOT NULL,
    FOREIGN KEY (order_id) REFERENCES shop."Order" (order_id),
    FOREIGN KEY (product_id) REFERENCES shop.products (product_id)
);
CREATE TABLE shop.shipments (
    shipment_id bigint NOT NULL PRIMARY KEY,
    order_id bigint NOT NULL,
    line_no integer NOT NULL,
    warehouse_id integer,
    product_id bigint,
    sent_at timestamp without time zone,
    FOREIGN KEY (order_id, line_no) REFERENCES shop."Order Details" (order_id, line_no),
    FOREIGN KEY (warehouse_id, product_id) REFERENCES shop.stock
);
CREATE TABLE shop.returns (
    return_id bigint NOT NULL PRIMARY KEY,
    shipment_id bigint NOT NULL UNIQUE REFERENCES shop.shipments,
    reason varchar(200),
    refund numeric(10,2)
);
CREATE TABLE shop.coupons (
    code character varying(40) NOT NULL PRIMARY KEY,
    percent_off integer NOT NULL CHECK (percent_off BETWEEN 1 AND 90),
    note varchar(200),
    CHECK (LENGTH(code) >= 6)
);
CREATE TABLE shop.order_coupons (
    order_id bigint NOT NULL REFERENCES shop."Order",
    code character varying(40) NOT NULL REFERENCES shop.coupons
);
CREATE TABLE shop.reviews (
    review_id bigserial PRIMARY KEY,
    product_id bigint NOT NULL REFERENCES shop.products,
    customer_id bigint NOT NULL REFERENCES shop.customers,
    stars integer NOT NULL,
    said varchar(200),
    CHECK (stars IN (1,2,3,4,5))
);
CREATE TABLE shop.baskets (
    basket_id bigserial PRIMARY KEY,
    customer_id bigint,
    opened_at timestamp without time zone NOT NULL,
    current_line bigint
);
CREATE TABLE shop.basket_lines (
    line_id bigint NOT NULL PRIMARY KEY,
    basket_id bigint NOT NULL,
    product_id bigint NOT NULL,
    quantity integer NOT NULL
);
ALTER TABLE ONLY core.regions ADD PRIMARY KEY (region_id);
ALTER TABLE ONLY core.regions ADD UNIQUE (country, label);
ALTER TABLE ONLY core.addresses ADD CONSTRAINT fk_addresses_city FOREIGN KEY (city_id) REFERENCES core.cities (city_id);
ALTER TABLE ONLY core.departments ADD CONSTRAINT fk_dept_head FOREIGN KEY (head) REFERENCES core.employees (person_id);
ALTER TABLE ONLY core.employees ADD CONSTRAINT fk_emp_dept FOREIGN KEY (dept_no) REFERENCES core.departments (dept_no);
ALTER TABLE ONLY core.employee_skills ADD PRIMARY KEY (person_id, skill_id);
ALTER TABLE ONLY shop.product_suppliers ADD PRIMARY KEY (product_id, supplier_id);
ALTER TABLE ONLY shop.prices ADD CONSTRAINT fk_price_currency FOREIGN KEY (currency) REFERENCES core.currencies;
ALTER TABLE ONLY shop.stock ADD PRIMARY KEY (warehouse_id, product_id);
ALTER TABLE ONLY shop.customers ADD UNIQUE (person_email);
ALTER TABLE ONLY shop."Order" ADD CONSTRAINT "FK Order" FOREIGN KEY (customer_id) REFERENCES shop.customers (customer_id);
ALTER TABLE ONLY shop."Order Details" ADD PRIMARY KEY (order_id, line_no);
ALTER TABLE ONLY shop.order_coupons ADD PRIMARY KEY (order_id, code);
ALTER TABLE ONLY shop.reviews ADD UNIQUE (product_id, customer_id);
ALTER TABLE ONLY shop.baskets ADD CONSTRAINT fk_current FOREIGN KEY (current_line) REFERENCES shop.basket_lines (line_id);
ALTER TABLE ONLY shop.basket_lines ADD CONSTRAINT fk_line_basket FOREIGN KEY (basket_id) REFERENCES shop.baskets (basket_id);
ALTER TABLE ONLY shop.basket_lines ADD CONSTRAINT fk_line_product FOREIGN KEY (product_id) REFERENCES shop.products;
COMMENT ON COLUMN core.people.email IS 'how people are reached';
COMMENT ON COLUMN shop.products.price IS 'before tax';
CREATE SEQUENCE shop.ticket_numbers START WITH 1000 INCREMENT BY 10 NO MINVALUE CACHE 1;
CREATE TYPE core.severity AS ENUM ('low', 'medium', 'high');
CREATE TYPE core.place AS (lat double precision, lon double precision);
CREATE DOMAIN core.percentage AS integer CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN core.contact AS character varying(80);
CREATE TABLE shop.tickets (
    ticket_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    severity core.severity NOT NULL,
    flags character varying(13), -- @synth choices=fragile,heavy
    progress core.percentage NOT NULL,
    contact core.contact NOT NULL,
    tags character varying(20)[],
    place core.place,
    extra jsonb,
    opened_at timestamp with time zone NOT NULL,
    minutes integer DEFAULT 30 NOT NULL,
    doubled integer GENERATED ALWAYS AS ((minutes * 2)) STORED NOT NULL,
    caption character varying(90) GENERATED ALWAYS AS ((((contact)::text || ' #'::text) || (severity)::text)) STORED NOT NULL
);
CREATE TABLE shop.events (
    event_id bigint NOT NULL,
    happened_on date NOT NULL,
    what character varying(40),
    PRIMARY KEY (event_id, happened_on)
) PARTITION BY RANGE (happened_on);
CREATE TABLE shop.events_2023 PARTITION OF shop.events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE shop.events_2024 (event_id bigint NOT NULL, happened_on date NOT NULL, what character varying(40));
ALTER TABLE ONLY shop.events ATTACH PARTITION shop.events_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE SCHEMA audit
    CREATE TABLE readers (reader_id integer NOT NULL PRIMARY KEY, nick character varying(40) NOT NULL UNIQUE)
    CREATE TABLE changes (change_id bigint GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 5) PRIMARY KEY,
        reader_id integer NOT NULL REFERENCES readers, seen_at timestamptz);
CREATE VIEW shop.open_tickets AS SELECT ticket_id FROM shop.tickets;
CREATE FUNCTION shop.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (1); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER INSERT ON shop.tickets FOR EACH ROW EXECUTE FUNCTION shop.note();
GRANT SELECT ON shop.tickets TO reader;
COPY core.skills (skill_id, word) FROM stdin;
1	reading
\.
ALTER TABLE ONLY shop.tickets ALTER COLUMN ticket_id SET DEFAULT nextval('shop.ticket_numbers'::regclass);
ALTER TABLE ONLY shop.tickets ADD CONSTRAINT tickets_pkey PRIMARY KEY (ticket_id);
ALTER TABLE ONLY shop.tickets ADD CONSTRAINT tickets_customer FOREIGN KEY (customer_id) REFERENCES shop.customers(customer_id);
