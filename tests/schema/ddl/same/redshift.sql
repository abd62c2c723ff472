CREATE SCHEMA IF NOT EXISTS core;
CREATE SCHEMA IF NOT EXISTS shop;
CREATE TABLE core.countries (
    code CHAR(3) NOT NULL PRIMARY KEY,
    name CHARACTER VARYING(80) NOT NULL,
    continent NVARCHAR(40) ENCODE lzo NOT NULL CHECK (continent IN ('Africa','America','Asia','Europe','Oceania'))
)
DISTSTYLE EVEN;
CREATE TABLE core.currencies (
    code CHAR(3) NOT NULL,
    title NVARCHAR(40) ENCODE lzo NOT NULL,
    rate FLOAT8,
    CONSTRAINT pk_currencies PRIMARY KEY (code)
)
DISTSTYLE EVEN;
CREATE TABLE core.regions (
    region_id BIGINT ENCODE az64 NOT NULL,
    country CHAR(3) NOT NULL REFERENCES core.countries,
    label NVARCHAR(40) ENCODE lzo NOT NULL,
    PRIMARY KEY (region_id),
    UNIQUE (country, label)
)
DISTSTYLE EVEN;
CREATE TABLE core.cities (
    city_id BIGINT IDENTITY(1,1) PRIMARY KEY,
    region_id BIGINT ENCODE az64 NOT NULL,
    name CHARACTER VARYING(80) NOT NULL,
    lat FLOAT8,
    lon FLOAT8,
    people INT4 CHECK (people >= 0),
    FOREIGN KEY (region_id) REFERENCES core.regions (region_id)
)
DISTSTYLE EVEN;
CREATE TABLE core.addresses (
    address_id BIGINT IDENTITY(1,1) PRIMARY KEY,
    city_id BIGINT ENCODE az64 NOT NULL,
    street CHARACTER VARYING(80) NOT NULL,
    post_code NVARCHAR(40) ENCODE lzo
)
DISTSTYLE EVEN;
CREATE TABLE core.people (
    person_id BIGINT IDENTITY(1,1) PRIMARY KEY,
    first_name NVARCHAR(40) ENCODE lzo NOT NULL,
    last_name NVARCHAR(40) ENCODE lzo NOT NULL,
    email CHARACTER VARYING(80) NOT NULL UNIQUE,
    born DATE,
    boss BIGINT ENCODE az64,
    home BIGINT ENCODE az64,
    CONSTRAINT fk_boss FOREIGN KEY (boss) REFERENCES core.people (person_id),
    FOREIGN KEY (home) REFERENCES core.addresses
)
DISTSTYLE EVEN;
CREATE TABLE core.departments (
    dept_no INT4 NOT NULL PRIMARY KEY,
    title NVARCHAR(40) ENCODE lzo NOT NULL UNIQUE,
    head BIGINT ENCODE az64
)
DISTSTYLE EVEN;
CREATE TABLE core.employees (
    person_id BIGINT ENCODE az64 NOT NULL PRIMARY KEY REFERENCES core.people (person_id),
    dept_no INT4 NOT NULL,
    hired DATE NOT NULL,
    left_on DATE,
    salary NUMERIC(10,2) NOT NULL,
    CHECK (left_on >= hired),
    CHECK (salary BETWEEN 1000 AND 9000)
)
DISTSTYLE EVEN;
CREATE TABLE core.skills (
    skill_id INT4 NOT NULL PRIMARY KEY,
    word NVARCHAR(40) ENCODE lzo NOT NULL UNIQUE
)
DISTSTYLE EVEN;
CREATE TABLE core.employee_skills (
    person_id BIGINT ENCODE az64 NOT NULL REFERENCES core.employees,
    skill_id INT4 NOT NULL REFERENCES core.skills,
    grade INT4 NOT NULL CHECK (grade >= 1 AND grade <= 5),
    PRIMARY KEY (person_id, skill_id)
)
DISTSTYLE EVEN;
CREATE TABLE shop.suppliers (
    supplier_id BIGINT IDENTITY(1,1) PRIMARY KEY,
    company CHARACTER VARYING(80) NOT NULL,
    country CHAR(3) REFERENCES core.countries (code),
    website VARCHAR(200)
)
DISTSTYLE EVEN;
CREATE TABLE shop.categories (
    category_id INT4 NOT NULL PRIMARY KEY,
    parent INT4 REFERENCES shop.categories (category_id),
    title NVARCHAR(40) ENCODE lzo NOT NULL
)
DISTSTYLE EVEN;
CREATE TABLE shop.products (
    product_id BIGINT IDENTITY(1,1) PRIMARY KEY,
    sku NVARCHAR(40) ENCODE lzo NOT NULL,
    category_id INT4 NOT NULL REFERENCES shop.categories (category_id),
    title CHARACTER VARYING(80) NOT NULL,
    price NUMERIC(10,2) NOT NULL CHECK (price > 0),
    weight FLOAT8,
    active BOOLEAN NOT NULL,
    CONSTRAINT uq_sku UNIQUE (sku),
    CHECK (sku LIKE 'SK%')
)
DISTSTYLE EVEN;
CREATE TABLE shop.product_suppliers (
    product_id BIGINT ENCODE az64 NOT NULL,
    supplier_id BIGINT ENCODE az64 NOT NULL,
    cost NUMERIC(10,2) NOT NULL,
    PRIMARY KEY (product_id, supplier_id),
    FOREIGN KEY (product_id) REFERENCES shop.products (product_id),
    FOREIGN KEY (supplier_id) REFERENCES shop.suppliers (supplier_id)
)
DISTSTYLE EVEN;
CREATE TABLE shop.prices (
    product_id BIGINT ENCODE az64 NOT NULL,
    valid_from DATE NOT NULL,
    currency CHAR(3) NOT NULL,
    amount NUMERIC(10,2) NOT NULL,
    CONSTRAINT pk_prices PRIMARY KEY (product_id, valid_from),
    FOREIGN KEY (product_id) REFERENCES shop.products
)
DISTSTYLE EVEN;
CREATE TABLE shop.warehouses (
    warehouse_id INT4 NOT NULL PRIMARY KEY,
    address_id BIGINT ENCODE az64 UNIQUE,
    label NVARCHAR(40) ENCODE lzo NOT NULL,
    FOREIGN KEY (address_id) REFERENCES core.addresses (address_id)
)
DISTSTYLE EVEN;
CREATE TABLE shop.stock (
    warehouse_id INT4 NOT NULL,
    product_id BIGINT ENCODE az64 NOT NULL,
    quantity INT4 NOT NULL CHECK (quantity >= 0),
    counted_at TIMESTAMP ENCODE raw,
    PRIMARY KEY (warehouse_id, product_id),
    FOREIGN KEY (warehouse_id) REFERENCES shop.warehouses,
    FOREIGN KEY (product_id) REFERENCES shop.products
)
DISTSTYLE EVEN;
CREATE TABLE shop.customers (
    customer_id BIGINT IDENTITY(1,1) PRIMARY KEY,
    person_email CHARACTER VARYING(80) NOT NULL,
    tier NVARCHAR(40) ENCODE lzo CHECK (tier IN ('gold','silver','basic')),
    since DATE NOT NULL,
    UNIQUE (person_email),
    FOREIGN KEY (person_email) REFERENCES core.people (email)
)
DISTSTYLE EVEN;
CREATE TABLE shop."Order" (
    order_id BIGINT ENCODE az64 NOT NULL,
    customer_id BIGINT ENCODE az64 NOT NULL,
    ordered_at TIMESTAMP ENCODE raw NOT NULL,
    paid_at TIMESTAMP ENCODE raw,
    status NVARCHAR(40) ENCODE lzo NOT NULL,
    total NUMERIC(10,2),
    CONSTRAINT "PK Order" PRIMARY KEY (order_id),
    CHECK (paid_at >= ordered_at),
    CHECK (total IS NULL OR total >= 0)
)
DISTSTYLE EVEN;
CREATE TABLE shop."Order Details" (
    order_id BIGINT ENCODE az64 NOT NULL,
    line_no INT4 NOT NULL,
    product_id BIGINT ENCODE az64 NOT NULL,
    "Unit Price" NUMERIC(10,2) NOT NULL,
    quantity INT4 NOT NULL,
    PRIMARY KEY (order_id, line_no),
    FOREIGN KEY (order_id) REFERENCES shop."Order" (order_id),
    FOREIGN KEY (product_id) REFERENCES shop.products (product_id)
)
DISTSTYLE EVEN;
CREATE TABLE shop.shipments (
    shipment_id BIGINT ENCODE az64 NOT NULL PRIMARY KEY,
    order_id BIGINT ENCODE az64 NOT NULL,
    line_no INT4 NOT NULL,
    warehouse_id INT4,
    product_id BIGINT ENCODE az64,
    sent_at TIMESTAMP ENCODE raw,
    FOREIGN KEY (order_id, line_no) REFERENCES shop."Order Details" (order_id, line_no),
    FOREIGN KEY (warehouse_id, product_id) REFERENCES shop.stock
)
DISTSTYLE EVEN;
CREATE TABLE shop.returns (
    return_id BIGINT ENCODE az64 NOT NULL PRIMARY KEY,
    shipment_id BIGINT ENCODE az64 NOT NULL UNIQUE REFERENCES shop.shipments,
    reason VARCHAR(200),
    refund NUMERIC(10,2)
)
DISTSTYLE EVEN;
CREATE TABLE shop.coupons (
    code NVARCHAR(40) ENCODE lzo NOT NULL PRIMARY KEY,
    percent_off INT4 NOT NULL CHECK (percent_off BETWEEN 1 AND 90),
    note VARCHAR(200),
    CHECK (LENGTH(code) >= 6)
)
DISTSTYLE EVEN;
CREATE TABLE shop.order_coupons (
    order_id BIGINT ENCODE az64 NOT NULL REFERENCES shop."Order",
    code NVARCHAR(40) ENCODE lzo NOT NULL REFERENCES shop.coupons,
    PRIMARY KEY (order_id, code)
)
DISTSTYLE EVEN;
CREATE TABLE shop.reviews (
    review_id BIGINT IDENTITY(1,1) PRIMARY KEY,
    product_id BIGINT ENCODE az64 NOT NULL REFERENCES shop.products,
    customer_id BIGINT ENCODE az64 NOT NULL REFERENCES shop.customers,
    stars INT4 NOT NULL,
    said VARCHAR(200),
    CHECK (stars IN (1,2,3,4,5)),
    UNIQUE (product_id, customer_id)
)
DISTSTYLE EVEN;
CREATE TABLE shop.baskets (
    basket_id BIGINT IDENTITY(1,1) PRIMARY KEY,
    customer_id BIGINT ENCODE az64,
    opened_at TIMESTAMP ENCODE raw NOT NULL,
    current_line BIGINT ENCODE az64
)
DISTSTYLE EVEN;
CREATE TABLE shop.basket_lines (
    line_id BIGINT ENCODE az64 NOT NULL PRIMARY KEY,
    basket_id BIGINT ENCODE az64 NOT NULL,
    product_id BIGINT ENCODE az64 NOT NULL,
    quantity INT4 NOT NULL
)
DISTSTYLE EVEN;
ALTER TABLE core.addresses ADD CONSTRAINT fk_addresses_city FOREIGN KEY (city_id) REFERENCES core.cities (city_id);
ALTER TABLE core.departments ADD CONSTRAINT fk_dept_head FOREIGN KEY (head) REFERENCES core.employees (person_id);
ALTER TABLE core.employees ADD CONSTRAINT fk_emp_dept FOREIGN KEY (dept_no) REFERENCES core.departments (dept_no);
ALTER TABLE shop.prices ADD CONSTRAINT fk_price_currency FOREIGN KEY (currency) REFERENCES core.currencies;
ALTER TABLE shop."Order" ADD CONSTRAINT "FK Order" FOREIGN KEY (customer_id) REFERENCES shop.customers (customer_id);
ALTER TABLE shop.baskets ADD CONSTRAINT fk_current FOREIGN KEY (current_line) REFERENCES shop.basket_lines (line_id);
ALTER TABLE shop.basket_lines ADD CONSTRAINT fk_line_basket FOREIGN KEY (basket_id) REFERENCES shop.baskets (basket_id);
ALTER TABLE shop.basket_lines ADD CONSTRAINT fk_line_product FOREIGN KEY (product_id) REFERENCES shop.products;
COMMENT ON COLUMN core.people.email IS 'how people are reached';
COMMENT ON COLUMN shop.products.price IS 'before tax';
CREATE TABLE shop.tickets (
    ticket_id BIGINT IDENTITY(1000, 10) NOT NULL PRIMARY KEY DISTKEY,
    customer_id BIGINT NOT NULL REFERENCES shop.customers,
    severity VARCHAR(6) NOT NULL CHECK (severity IN ('low','medium','high')),
    flags VARCHAR(13) ENCODE zstd, -- @synth choices=fragile,heavy
    progress INTEGER NOT NULL ENCODE az64 CHECK (progress BETWEEN 0 AND 100),
    contact VARCHAR(80) NOT NULL,
    tags SUPER, -- @synth type=varchar(20)[]
    place SUPER,
    extra SUPER,
    opened_at TIMESTAMPTZ NOT NULL SORTKEY,
    minutes INTEGER DEFAULT 30 NOT NULL,
    doubled INTEGER NOT NULL, -- @synth expr="minutes * 2"
    caption VARCHAR(90) NOT NULL -- @synth expr="contact || ' #' || severity"
)
DISTSTYLE KEY;
CREATE TABLE shop.events (
    event_id BIGINT NOT NULL,
    happened_on DATE NOT NULL,
    what VARCHAR(40) ENCODE lzo,
    PRIMARY KEY (event_id, happened_on)
)
DISTSTYLE ALL COMPOUND SORTKEY (happened_on, event_id);
CREATE SCHEMA audit
    CREATE TABLE readers (reader_id INTEGER NOT NULL PRIMARY KEY, nick VARCHAR(40) NOT NULL UNIQUE)
    CREATE TABLE changes (change_id BIGINT IDENTITY(5, 5) NOT NULL PRIMARY KEY,
        reader_id INTEGER NOT NULL REFERENCES readers, seen_at TIMESTAMPTZ);
CREATE VIEW shop.open_tickets AS SELECT ticket_id FROM shop.tickets;
CREATE FUNCTION shop.one() RETURNS INTEGER STABLE AS $$ SELECT 1 $$ LANGUAGE sql;
GRANT SELECT ON shop.tickets TO reader;
COPY core.skills FROM 's3://bucket/skills' IAM_ROLE default;
