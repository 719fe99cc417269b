"""Schools whose servers speak the right versions, and encrypt badly in them."""

from scanner.practice.flights import ECDHE_ECDSA_AES_128_GCM, TLS12, Script
from scanner.practice.site import MODERN, CertificatePlan, Key, PracticeSite, TlsPlan
from scanner.practice.truth import MET, NOT_APPLICABLE, NOT_MET, healthy

CIPHER_FAULTS = (
    PracticeSite(
        id="th-giay-trang",
        name="Trường Tiểu học Giấy Trắng",
        kind="tieu-hoc",
        commune="20320",
        manager="commune",
        host="th-giaytrang-thuchanh.edu.vn",
        fault="TLS 1.2 is also spoken without encryption (NULL).",
        tls=TlsPlan(ciphers="ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE-ECDSA-NULL-SHA", insecure=True),
        truth=healthy(weak_ciphers_off=NOT_MET, ssl_labs_grade=MET),
    ),
    PracticeSite(
        id="thcs-cau-go",
        name="Trường THCS Cầu Gỗ",
        kind="thcs",
        commune="20455",
        manager="commune",
        host="thcs-caugo-thuchanh.edu.vn",
        fault="A server as of 2012: TLS 1.2 alone, only CBC suites, keys sent under RSA and not bound to the handshake.",
        certificate=CertificatePlan(key=Key.RSA_2048),
        tls=TlsPlan(
            tls13=False,
            ciphers="AES128-SHA256:AES256-SHA256:AES128-SHA",
            binds_master_secret=False,
        ),
        truth=healthy(
            tls13_offered=NOT_MET,
            forward_secrecy_always=NOT_MET,
            aead_offered=NOT_MET,
            key_exchange_strong=NOT_APPLICABLE,
            post_quantum_offered=NOT_MET,
            extended_master_secret=NOT_MET,
            downgrade_protected=NOT_APPLICABLE,
            early_data_off=NOT_APPLICABLE,
        ),
    ),
    PracticeSite(
        id="mn-meo-con",
        name="Trường Mầm non Mèo Con",
        kind="mam-non",
        commune="20260",
        manager="commune",
        host="mn-meocon-thuchanh.edu.vn",
        fault="The visitor's order of suites decides, though some of them are better than others.",
        tls=TlsPlan(client_chooses=True),
        truth=healthy(server_chooses_cipher=NOT_MET),
    ),
    PracticeSite(
        id="thpt-nui-thap",
        name="Trường THPT Núi Thấp",
        kind="thpt",
        commune="20197",
        manager="so-gddt",
        host="thpt-nuithap-thuchanh.edu.vn",
        fault="Diffie-Hellman with a prime of 1024 bits that half the world used.",
        certificate=CertificatePlan(key=Key.RSA_2048),
        tls=TlsPlan(ciphers=f"{MODERN}:DHE-RSA-AES128-GCM-SHA256", short_dh=True),
        truth=healthy(key_exchange_strong=NOT_MET),
    ),
    PracticeSite(
        id="gdtx-ben-cu",
        name="Trung tâm GDTX Bến Cũ",
        kind="gdtx",
        commune="20209",
        manager="so-gddt",
        host="gdtx-bencu-thuchanh.edu.vn",
        fault="A library of 2009 answers TLS 1.2: it compresses, and knows no secure renegotiation, no bound keys"
        " and no forced downgrade.",
        tls=TlsPlan(
            tls12=False,
            scripted=(
                Script(
                    TLS12,
                    (ECDHE_ECDSA_AES_128_GCM,),
                    compresses=True,
                    renegotiates_safely=False,
                    binds_master_secret=False,
                    refuses_fallback=False,
                ),
            ),
        ),
        truth=healthy(
            tls_compression_off=NOT_MET,
            renegotiation_secure=NOT_MET,
            extended_master_secret=NOT_MET,
            downgrade_protected=NOT_MET,
        ),
    ),
)
