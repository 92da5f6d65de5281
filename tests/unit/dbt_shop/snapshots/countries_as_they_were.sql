{% snapshot countries_as_they_were %}
{{ config(unique_key='code', strategy='check', check_cols=['country'], target_schema='main') }}
select * from {{ ref('countries') }}
{% endsnapshot %}
