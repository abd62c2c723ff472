CREATE SCHEMA core;
CREATE SCHEMA shop;
CREATE TABLE core.countries (
    code CHAR(3) NOT NULL PRIMARY KEY,
    name STRING(80) NOT NULL,
    continent VARCHAR(40) NOT NULL CHECK (continent IN ('Africa','America','Asia','Europe','Oceania'))
);
CREATE TABLE core.currencies (
    code CHAR(3) NOT NULL,
    title VARCHAR(40) NOT NULL,
    rate DOUBLE,
    CONSTRAINT pk_currencies PRIMARY KEY (code)
);
CREATE TABLE core.regions (
    region_id NUMBER(38,0) NOT NULL,
    country CHAR(3) NOT NULL REFERENCES core.countries,
    label VARCHAR(40) NOT NULL,
    PRIMARY KEY (region_id),
    UNIQUE (country, label)
);
CREATE TABLE core.cities (
    city_id NUMBER(38,0) AUTOINCREMENT START 1 INCREMENT 1 PRIMARY KEY,
    region_id NUMBER(38,0) NOT NULL,
    name STRING(80) NOT NULL,
    lat DOUBLE,
    lon DOUBLE,
    people INTEGER CHECK (people >= 0),
    FOREIGN KEY (region_id) REFERENCES core.regions (region_id)
);
CREATE TABLE core.addresses (
    address_id NUMBER(38,0) AUTOINCREMENT START 1 INCREMENT 1 PRIMARY KEY,
    city_id NUMBER(38,0) NOT NULL,
    street STRING(80) NOT NULL,
    post_code VARCHAR(40)
);
CREATE TABLE core.people (
    person_id NUMBER(38,0) AUTOINCREMENT START 1 INCREMENT 1 PRIMARY KEY,
    first_name VARCHAR(40) NOT NULL,
    last_name VARCHAR(40) NOT NULL,
    email STRING(80) NOT NULL UNIQUE COMMENT 'how people are reached',
    born DATE,
    boss NUMBER(38,0),
    home NUMBER(38,0),
    CONSTRAINT fk_boss FOREIGN KEY (boss) REFERENCES core.people (person_id),
    FOREIGN KEY (home) REFERENCES core.addresses
);
CREATE TABLE core.departments (
    dept_no INTEGER NOT NULL PRIMARY KEY,
    title VARCHAR(40) NOT NULL UNIQUE,
    head NUMBER(38,0)
);
CREATE TABLE core.employees (
    person_id NUMBER(38,0) NOT NULL PRIMARY KEY REFERENCES core.people (person_id),
    dept_no INTEGER NOT NULL,
    hired DATE NOT NULL,
    left_on DATE,
    salary NUMBER(10,2) NOT NULL,
    CHECK (left_on >= hired),
    CHECK (salary BETWEEN 1000 AND 9000)
);
CREATE TABLE core.skills (
    skill_id INTEGER NOT NULL PRIMARY KEY,
    word VARCHAR(40) NOT NULL UNIQUE
);
CREATE TABLE core.employee_skills (
    person_id NUMBER(38,0) NOT NULL REFERENCES core.employees,
    skill_id INTEGER NOT NULL REFERENCES core.skills,
    grade INTEGER NOT NULL CHECK (grade >= 1 AND grade <= 5),
    PRIMARY KEY (person_id, skill_id)
);
CREATE TABLE shop.suppliers (
    supplier_id NUMBER(38,0) AUTOINCREMENT START 1 INCREMENT 1 PRIMARY KEY,
    company STRING(80) NOT NULL,
    country CHAR(3) REFERENCES core.countries (code),
    website TEXT(200)
);
CREATE TABLE shop.categories (
    category_id INTEGER NOT NULL PRIMARY KEY,
    parent INTEGER REFERENCES shop.categories (category_id),
    title VARCHAR(40) NOT NULL
);
CREATE TABLE shop.products (
    product_id NUMBER(38,0) AUTOINCREMENT START 1 INCREMENT 1 PRIMARY KEY,
    sku VARCHAR(40) NOT NULL,
    category_id INTEGER NOT NULL REFERENCES shop.categories (category_id),
    title STRING(80) NOT NULL,
    price NUMBER(10,2) NOT NULL CHECK (price > 0) COMMENT 'before tax',
    weight DOUBLE,
    active BOOLEAN NOT NULL,
    CONSTRAINT uq_sku UNIQUE (sku),
    CHECK (sku LIKE 'SK%')
);
CREATE TABLE shop.product_suppliers (
    product_id NUMBER(38,0) NOT NULL,
    supplier_id NUMBER(38,0) NOT NULL,
    cost NUMBER(10,2) NOT NULL,
    PRIMARY KEY (product_id, supplier_id),
    FOREIGN KEY (product_id) REFERENCES shop.products (product_id),
    FOREIGN KEY (supplier_id) REFERENCES shop.suppliers (supplier_id)
);
CREATE TABLE shop.prices (
    product_id NUMBER(38,0) NOT NULL,
    valid_from DATE NOT NULL,
    currency CHAR(3) NOT NULL,
    amount NUMBER(10,2) NOT NULL,
    CONSTRAINT pk_prices PRIMARY KEY (product_id, valid_from),
    FOREIGN KEY (product_id) REFERENCES shop.products
);
CREATE TABLE shop.warehouses (
    warehouse_id INTEGER NOT NULL PRIMARY KEY,
    address_id NUMBER(38,0) UNIQUE,
    label VARCHAR(40) NOT NULL,
    FOREIGN KEY (address_id) REFERENCES core.addresses (address_id)
);
CREATE TABLE shop.stock (
    warehouse_id INTEGER NOT NULL,
    product_id NUMBER(38,0) NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    counted_at TIMESTAMP_NTZ(9),
    PRIMARY KEY (warehouse_id, product_id),
    FOREIGN KEY (warehouse_id) REFERENCES shop.warehouses,
    FOREIGN KEY (product_id) REFERENCES shop.products
);
CREATE TABLE shop.customers (
    customer_id NUMBER(38,0) AUTOINCREMENT START 1 INCREMENT 1 PRIMARY KEY,
    person_email STRING(80) NOT NULL,
    tier VARCHAR(40) CHECK (tier IN ('gold','silver','basic')),
    since DATE NOT NULL,
    UNIQUE (person_email),
    FOREIGN KEY (person_email) REFERENCES core.people (email)
);
CREATE TABLE shop."Order" (
    order_id NUMBER(38,0) NOT NULL,
    customer_id NUMBER(38,0) NOT NULL,
    ordered_at TIMESTAMP_NTZ(9) NOT NULL,
    paid_at TIMESTAMP_NTZ(9),
    status VARCHAR(40) NOT NULL,
    total NUMBER(10,2),
    CONSTRAINT "PK Order" PRIMARY KEY (order_id),
    CHECK (paid_at >= ordered_at),
    CHECK (total IS NULL OR total >= 0)
);
CREATE TABLE shop."Order Details" (
    order_id NUMBER(38,0) NOT NULL,
    line_no INTEGER NOT NULL,
    product_id NUMBER(38,0) NOT NULL,
    "Unit Price" NUMBER(10,2) NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (order_id, line_no),
    FOREIGN KEY (order_id) REFERENCES shop."Order" (order_id),
    FOREIGN KEY (product_id) REFERENCES shop.products (product_id)
);
CREATE TABLE shop.shipments (
    shipment_id NUMBER(38,0) NOT NULL PRIMARY KEY,
    order_id NUMBER(38,0) NOT NULL,
    line_no INTEGER NOT NULL,
    warehouse_id INTEGER,
    product_id NUMBER(38,0),
    sent_at TIMESTAMP_NTZ(9),
    FOREIGN KEY (order_id, line_no) REFERENCES shop."Order Details" (order_id, line_no),
    FOREIGN KEY (warehouse_id, product_id) REFERENCES shop.stock
);
CREATE TABLE shop.returns (
    return_id NUMBER(38,0) NOT NULL PRIMARY KEY,
    shipment_id NUMBER(38,0) NOT NULL UNIQUE REFERENCES shop.shipments,
    reason TEXT(200),
    refund NUMBER(10,2)
);
CREATE TABLE shop.coupons (
    code VARCHAR(40) NOT NULL PRIMARY KEY,
    percent_off INTEGER NOT NULL CHECK (percent_off BETWEEN 1 AND 90),
    note TEXT(200),
    CHECK (LENGTH(code) >= 6)
);
CREATE TABLE shop.order_coupons (
    order_id NUMBER(38,0) NOT NULL REFERENCES shop."Order",
    code VARCHAR(40) NOT NULL REFERENCES shop.coupons,
    PRIMARY KEY (order_id, code)
);
CREATE TABLE shop.reviews (
    review_id NUMBER(38,0) AUTOINCREMENT START 1 INCREMENT 1 PRIMARY KEY,
    product_id NUMBER(38,0) NOT NULL REFERENCES shop.products,
    customer_id NUMBER(38,0) NOT NULL REFERENCES shop.customers,
    stars INTEGER NOT NULL,
    said TEXT(200),
    CHECK (stars IN (1,2,3,4,5)),
    UNIQUE (product_id, customer_id)
);
CREATE TABLE shop.baskets (
    basket_id NUMBER(38,0) AUTOINCREMENT START 1 INCREMENT 1 PRIMARY KEY,
    customer_id NUMBER(38,0),
    opened_at TIMESTAMP_NTZ(9) NOT NULL,
    current_line NUMBER(38,0)
);
CREATE TABLE shop.basket_lines (
    line_id NUMBER(38,0) NOT NULL PRIMARY KEY,
    basket_id NUMBER(38,0) NOT NULL,
    product_id NUMBER(38,0) NOT NULL,
    quantity INTEGER NOT NULL
);
ALTER TABLE core.addresses ADD CONSTRAINT fk_addresses_city FOREIGN KEY (city_id) REFERENCES core.cities (city_id);
ALTER TABLE core.departments ADD CONSTRAINT fk_dept_head FOREIGN KEY (head) REFERENCES core.employees (person_id);
ALTER TABLE core.employees ADD CONSTRAINT fk_emp_dept FOREIGN KEY (dept_no) REFERENCES core.departments (dept_no);
ALTER TABLE shop.prices ADD CONSTRAINT fk_price_currency FOREIGN KEY (currency) REFERENCES core.currencies;
ALTER TABLE shop."Order" ADD CONSTRAINT "FK Order" FOREIGN KEY (customer_id) REFERENCES shop.customers (customer_id);
ALTER TABLE shop.baskets ADD CONSTRAINT fk_current FOREIGN KEY (current_line) REFERENCES shop.basket_lines (line_id);
ALTER TABLE shop.basket_lines ADD CONSTRAINT fk_line_basket FOREIGN KEY (basket_id) REFERENCES shop.baskets (basket_id);
ALTER TABLE shop.basket_lines ADD CONSTRAINT fk_line_product FOREIGN KEY (product_id) REFERENCES shop.products;
CREATE SEQUENCE shop.ticket_numbers START = 1000 INCREMENT = 10;
CREATE TABLE shop.tickets (
    ticket_id NUMBER(38,0) DEFAULT shop.ticket_numbers.NEXTVAL NOT NULL PRIMARY KEY,
    customer_id NUMBER(38,0) NOT NULL REFERENCES shop.customers,
    severity VARCHAR(6) NOT NULL CHECK (severity IN ('low','medium','high')),
    flags VARCHAR(13), -- @synth choices=fragile,heavy
    progress NUMBER(9,0) NOT NULL CHECK (progress BETWEEN 0 AND 100),
    contact STRING(80) NOT NULL,
    tags ARRAY(VARCHAR(20)),
    place OBJECT(lat DOUBLE, lon DOUBLE),
    extra VARIANT,
    opened_at TIMESTAMP_TZ(6) NOT NULL,
    minutes INTEGER NOT NULL DEFAULT 30,
    doubled INTEGER NOT NULL AS (minutes * 2),
    caption VARCHAR(90) NOT NULL AS (contact || ' #' || severity)
);
CREATE TABLE shop.events (
    event_id NUMBER(38,0) NOT NULL,
    happened_on DATE NOT NULL,
    what VARCHAR(40),
    PRIMARY KEY (event_id, happened_on)
) CLUSTER BY (happened_on);
CREATE SCHEMA audit;
CREATE TRANSIENT TABLE audit.readers (reader_id INTEGER NOT NULL PRIMARY KEY, nick STRING(40) NOT NULL UNIQUE);
CREATE TABLE audit.changes (change_id NUMBER(38,0) IDENTITY(5,5) NOT NULL PRIMARY KEY,
    reader_id INTEGER NOT NULL REFERENCES audit.readers, seen_at TIMESTAMP_LTZ);
CREATE VIEW shop.open_tickets AS SELECT ticket_id FROM shop.tickets;
CREATE FUNCTION shop.one() RETURNS NUMBER AS $$ 1 $$;
CREATE TASK noted WAREHOUSE = w AS INSERT INTO t VALUES (1);
GRANT SELECT ON shop.tickets TO ROLE reader;
COPY INTO core.skills FROM @stage;
